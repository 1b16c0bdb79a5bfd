// Writes l10n/bundle.l10n.json, what translators begin from: every message that the source says through `t` or
// `vscode.l10n.t`. Fails when a message is not written out where it is said, for then it cannot be found.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const BUNDLE = join(ROOT, "l10n/bundle.l10n.json");

const messages = new Set();
const problems = [];
for (const file of readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).sort()) {
  if (file.endsWith(".ts") && file !== "l10n.ts")
    collect(file, readFileSync(join(ROOT, "src", file), "utf8"));
}

function collect(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const visit = (node) => {
    if (ts.isCallExpression(node) && /^(t|vscode\.l10n\.t|l10n\.t)$/.test(node.expression.getText(source))) {
      const [message] = node.arguments;
      const told = message && whole(message);
      if (told !== undefined) messages.add(told);
      // Titles of the table of commands are in package.nls.json and come here by name; l10n itself hands on what it got. so does what is only handed on.
      else if (!/\b(title|message)$/.test(message?.getText(source) ?? "")) {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
        problems.push(`src/${file}:${line + 1}: a message must be written out where it is said`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

/** The text of a literal, or of several that are joined by `+`. */
function whole(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [whole(node.left), whole(node.right)];
  return left === undefined || right === undefined ? undefined : left + right;
}

const { contributes } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const names = JSON.parse(readFileSync(join(ROOT, "package.nls.json"), "utf8"));
for (const { command } of contributes.commands) {
  if (command.startsWith("hedgerow.ui.")) messages.add(names[command]);
}
const wanted = `${JSON.stringify(Object.fromEntries([...messages].sort().map((each) => [each, each])), null, 2)}\n`;
mkdirSync(dirname(BUNDLE), { recursive: true });
writeFileSync(BUNDLE, wanted);
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
