// Stable API only. code-server switches every proposed API on for everyone, so no run in it can show that the
// extension would work in a VS Code from the marketplace; reading the source can.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const EXTENSION = join(dirname(fileURLToPath(import.meta.url)), "../../editors/vscode");

// Menus that are proposed in VS Code 1.100: dropped without a word there, shown in code-server.
const PROPOSED_MENUS = [
  "multiDiffEditor/resource/title",
  "diffEditor/gutter/hunk",
  "diffEditor/gutter/selection",
  "editor/content",
  "comments/commentThread/additionalActions",
  "comments/comment/editorActions",
  "scm/sourceControl/title",
];
// Names that only proposed API has, of the surfaces an extension like this one is tempted by.
const PROPOSED_NAMES = [
  "secondaryQuickDiffProvider",
  "registerQuickDiffProvider",
  "TabInputTextMultiDiff",
  "CommentState.Draft",
  "onDidWriteTerminalData",
  "createDocumentationSet",
  "requestResourceTrust",
  "createQuickDiff",
  "multiDiffEditorOriginalUri",
  "multiDiffEditorModifiedUri",
  "commentingRangeHint",
];

export function proposedIn(/** @type {any} */ manifest, /** @type {string} */ source) {
  return [
    ...("enabledApiProposals" in manifest ? ["enabledApiProposals"] : []),
    ...Object.keys(manifest.contributes?.menus ?? {}).filter((menu) => PROPOSED_MENUS.includes(menu)),
    ...PROPOSED_NAMES.filter((name) => source.includes(name)),
    ...(/vscode\.proposed\./.test(source) ? ["a proposed type file"] : []),
  ];
}

test("the extension uses stable API only", () => {
  const manifest = JSON.parse(readFileSync(join(EXTENSION, "package.json"), "utf8"));
  const files = readdirSync(join(EXTENSION, "src"), { recursive: true, encoding: "utf8" });
  const source = files
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(EXTENSION, "src", file), "utf8"))
    .join("\n");
  assert.ok(source.includes("createTreeView"), "the source was read");
  assert.deepEqual(proposedIn(manifest, source), []);
});

test("the scan for proposed API finds what it looks for", () => {
  const manifest = { enabledApiProposals: ["x"], contributes: { menus: { "editor/content": [] } } };
  const found = proposedIn(manifest, "window.registerQuickDiffProvider()");
  assert.deepEqual(found, ["enabledApiProposals", "editor/content", "registerQuickDiffProvider"]);
});

test("the types are those of the oldest VS Code that may install it", () => {
  const manifest = JSON.parse(readFileSync(join(EXTENSION, "package.json"), "utf8"));
  assert.equal(manifest.engines.vscode, `^${manifest.devDependencies["@types/vscode"]}`);
});
