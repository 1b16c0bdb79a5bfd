// Stable API only. code-server switches every proposed API on for everyone, so no run in it can show that the
// extension would work in a VS Code from the marketplace; reading the source can.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { EDITORS, skipWithout, VSIX } from "./support/parts.mjs";

const OLDEST = EDITORS[0]?.program;
const EXTENSION = join(dirname(fileURLToPath(import.meta.url)), "../../editors/vscode");

// Places for menus that VS Code 1.100 has for every extension. Any other is dropped there without a word.
const STABLE_MENUS = [
  "commandPalette",
  "touchBar",
  "editor/title",
  "editor/title/run",
  "editor/title/context",
  "editor/context",
  "editor/context/copy",
  "editor/lineNumber/context",
  "explorer/context",
  "file/newFile",
  "menuBar/edit/copy",
  "scm/title",
  "scm/sourceControl",
  "scm/resourceState/context",
  "scm/resourceFolder/context",
  "scm/resourceGroup/context",
  "scm/change/title",
  "statusBar/remoteIndicator",
  "terminal/context",
  "terminal/title/context",
  "timeline/title",
  "timeline/item/context",
  "view/title",
  "view/item/context",
  "comments/commentThread/title",
  "comments/commentThread/context",
  "comments/comment/title",
  "comments/comment/context",
  "extension/context",
  "webview/context",
];
// What a manifest may contribute without a proposal, of what one like this is tempted by.
const STABLE_CONTRIBUTIONS = [
  "colors",
  "commands",
  "configuration",
  "configurationDefaults",
  "icons",
  "keybindings",
  "menus",
  "submenus",
  "taskDefinitions",
  "terminal",
  "views",
  "viewsContainers",
  "viewsWelcome",
  "walkthroughs",
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
  const { menus = {}, submenus = [], ...rest } = manifest.contributes ?? {};
  const stable = [...STABLE_MENUS, ...submenus.map((/** @type {{ id: string }} */ { id }) => id)];
  return [
    ...("enabledApiProposals" in manifest ? ["enabledApiProposals"] : []),
    ...Object.keys(menus).filter((menu) => !stable.includes(menu)),
    ...Object.keys(rest).filter((point) => !STABLE_CONTRIBUTIONS.includes(point)),
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
  const menus = { "editor/content": [], "editor/title": [], "our.own": [] };
  const contributes = { menus, submenus: [{ id: "our.own" }], chatSessions: [] };
  const found = proposedIn({ enabledApiProposals: ["x"], contributes }, "window.registerQuickDiffProvider()");
  const wanted = ["enabledApiProposals", "editor/content", "chatSessions", "registerQuickDiffProvider"];
  assert.deepEqual(found, wanted);
});

test("the types are those of the oldest VS Code that may install it", () => {
  const manifest = JSON.parse(readFileSync(join(EXTENSION, "package.json"), "utf8"));
  assert.equal(manifest.engines.vscode, `^${manifest.devDependencies["@types/vscode"]}`);
});

const skipBundle = skipWithout({ "VS Code 1.100 (our oldest)": OLDEST });

test("the list of stable menus is that of the oldest VS Code itself", { skip: skipBundle }, () => {
  const root = join(dirname(/** @type {string} */ (OLDEST)), "node_modules/code-server/lib/vscode/out");
  const bundle = readFileSync(join(root, "vs/code/browser/workbench/workbench.js"), "utf8");
  const from = bundle.indexOf('{key:"commandPalette"');
  const table = bundle.slice(from, bundle.indexOf("];", from) + 1 || undefined);
  const entries = table.split('{key:"').slice(1);
  const open = entries.filter((entry) => !/^[^{]*proposed:/.test(entry)).map((entry) => entry.split('"')[0]);
  assert.ok(open.includes("view/item/context") && entries.length > 60, "the table was read");
  assert.deepEqual(
    STABLE_MENUS.filter((menu) => !open.includes(menu)),
    [],
  );
});

test("every command of a menu, a key, a welcome or a walkthrough is there", () => {
  const manifest = JSON.parse(readFileSync(join(EXTENSION, "package.json"), "utf8"));
  const strings = JSON.parse(readFileSync(join(EXTENSION, "package.nls.json"), "utf8"));
  const { commands, menus, keybindings, viewsWelcome, walkthroughs } = manifest.contributes;
  const known = commands.map((/** @type {{ command: string }} */ { command }) => command);
  const linked = Object.values(strings).flatMap((text) =>
    [...String(text).matchAll(/\(command:([\w.]+)/g)].map(([, id]) => id),
  );
  const used = [...Object.values(menus).flat(), ...keybindings].map(({ command }) => command);
  const events = JSON.stringify([viewsWelcome, walkthroughs]).matchAll(/onCommand:([\w.]+)/g);
  const all = [...used, ...linked, ...[...events].map(([, id]) => id)];
  assert.ok(all.length > 60, "the manifest was read");
  assert.deepEqual(
    all.filter((id) => id?.startsWith("hedgerow.") && !known.includes(id) && !id.endsWith(".focus")),
    [],
  );
});

test("the package is small", { skip: skipWithout({ "the packaged extension": VSIX }) }, () => {
  assert.ok(statSync(/** @type {string} */ (VSIX)).size < 1_000_000, "under 1 MB");
});
