// What a person reads can be translated: the manifest through package.nls.json, the source through l10n.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { part } from "../support/part.mjs";

const EXTENSION = join(dirname(fileURLToPath(import.meta.url)), "../../../editors/vscode");
const ts = createRequire(join(EXTENSION, "package.json"))("typescript");
const read = (/** @type {string} */ name) => JSON.parse(readFileSync(join(EXTENSION, name), "utf8"));

/** Fields of the manifest that a person reads. */
const READ = /^(title|name|label|description|markdownDescription|contents|altText|enumDescriptions)$/;
/** The product's own name is the same everywhere. */
const BRAND = "Hedgerow";

/** Two words that are a name, a command line, a value of a context key, or for the log alone. */
const NOT_SAID = new Set([
  "Claude Code",
  "VS Code …",
  "git stash apply --index …",
  "no repository",
  "not yet",
  "on PATH",
  "where uv and pipx put programs",
  "no answer within … s",
]);

/** Every text below a field that a person reads. @type {(value: any, read?: boolean) => string[]} */
function texts(value, read = false) {
  if (typeof value === "string") return read ? [value] : [];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, each]) =>
    texts(each, Array.isArray(value) ? read : READ.test(key)),
  );
}

/** Texts of two words and more that are said without l10n. @type {(file: string, source: string) => string[]} */
export function untranslated(file, source) {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  /** @type {string[]} */
  const found = [];
  const visit = (/** @type {any} */ node) => {
    if (ts.isCallExpression(node)) {
      const called = node.expression.getText(tree);
      // Through l10n, into the log (in one language, for who mends things), or a name for machines.
      if (/(^|\.)t$|(^|\.)log(\.\w+)?$|executeCommand$|RegExp$|^ask$/.test(called)) return;
    }
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
    const text = ts.isTemplateExpression(node)
      ? [node.head.text, ...node.templateSpans.map((/** @type {any} */ span) => span.literal.text)].join("…")
      : ts.isStringLiteralLike(node)
        ? node.text
        : "";
    if (/[A-Za-z]{2,} [A-Za-z]{2,}/.test(text) && !NOT_SAID.has(text)) {
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
      found.push(`${file}:${line + 1}: ${text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

test("what a person reads of the manifest is in package.nls.json, and nothing else is there", () => {
  const manifest = read("package.json");
  const strings = read("package.nls.json");
  const { description, contributes, capabilities } = manifest;
  const asked = texts({ description, contributes, capabilities }).filter((text) => text !== BRAND);
  assert.ok(asked.length > 80, "the manifest was read");
  assert.deepEqual(
    asked.filter((text) => !/^%[\w.]+%$/.test(text)),
    [],
    "said without a key",
  );
  const keys = asked.map((text) => text.slice(1, -1));
  assert.deepEqual(
    keys.filter((key) => !(key in strings)),
    [],
    "keys that are missing",
  );
  assert.deepEqual(
    Object.keys(strings).filter((key) => !keys.includes(key)),
    [],
    "keys that nobody asks for",
  );
});

test("what the source says goes through l10n", () => {
  const files = readdirSync(join(EXTENSION, "src"), { recursive: true, encoding: "utf8" });
  const sources = files.filter((file) => file.endsWith(".ts") && !file.endsWith(".generated.ts"));
  assert.ok(sources.length > 30, "the source was read");
  const found = sources.flatMap((file) =>
    untranslated(file, readFileSync(join(EXTENSION, "src", file), "utf8")),
  );
  assert.deepEqual(found, []);
});

test("the look for untranslated texts finds them", () => {
  const found = untranslated(
    "a.ts",
    'show("Not translated"); show(t("Fine here")); log.info("for us only");',
  );
  assert.deepEqual(found, ["a.ts:1: Not translated"]);
  assert.equal(untranslated("a.ts", "show(`Kept in ${place} of ours`)").length, 1);
});

test("words fill their places in a translation, in whichever order it has them", async () => {
  const { speakWith, t } = await part("l10n");
  assert.equal(t("{0} of {1}", 2, 5), "2 of 5");
  speakWith((/** @type {string} */ message, /** @type {any[]} */ ...words) => `${message}|${words.join()}`);
  assert.equal(t("{0} of {1}", 2, 5), "{0} of {1}|2,5");
});
