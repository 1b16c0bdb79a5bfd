// Folders that are on no disk of this machine: a window of such folders alone, and one that has a repository beside them.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { inEachEditor, inTodaysEditor } from "./support/editors.mjs";
import { SERVER } from "./support/parts.mjs";

const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };

/** An extension that keeps a folder in memory, as those of remote repositories do. */
const MANIFEST = {
  publisher: "tester",
  name: "memory",
  version: "1.0.0",
  engines: { vscode: "^1.100.0" },
  main: "./main.js",
  activationEvents: ["onFileSystem:memory"],
  capabilities: { virtualWorkspaces: true },
};
const MAIN = `const vscode = require("vscode");
const { Directory, File } = vscode.FileType;
const texts = new Map([["/plot/letter.txt", "Dear gardener\\n"]]);
const isDirectory = (path) => [...texts.keys()].some((file) => path === "/" || file.startsWith(path + "/"));
const changed = new vscode.EventEmitter();
const provider = {
  onDidChangeFile: changed.event,
  watch: () => new vscode.Disposable(() => undefined),
  stat: ({ path }) => {
    if (isDirectory(path)) return { type: Directory, ctime: 0, mtime: 0, size: 0 };
    const text = texts.get(path);
    if (text === undefined) throw vscode.FileSystemError.FileNotFound(path);
    return { type: File, ctime: 0, mtime: 0, size: text.length };
  },
  readDirectory: ({ path }) =>
    [...texts.keys()].filter((file) => file.startsWith(path + "/")).map((file) => [file.slice(path.length + 1), File]),
  readFile: ({ path }) => {
    if (!texts.has(path)) throw vscode.FileSystemError.FileNotFound(path);
    return Buffer.from(texts.get(path));
  },
  writeFile: ({ path }, bytes) => void texts.set(path, Buffer.from(bytes).toString()),
  createDirectory: () => undefined,
  delete: () => undefined,
  rename: () => undefined,
};
exports.activate = (context) =>
  context.subscriptions.push(vscode.workspace.registerFileSystemProvider("memory", provider));
`;

/** @param {import("./support/code.mjs").Code} code */
function withMemory(code) {
  const extension = join(code.extensions, "tester.memory-1.0.0");
  code.place.write(join(extension, "package.json"), JSON.stringify(MANIFEST));
  code.place.write(join(extension, "main.js"), MAIN);
}

inEachEditor("a window without a folder on this machine says so", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  withMemory(code);
  const window = await code.open("memory:/plot");
  const { page } = window;
  await page.locator(".explorer-folders-view").getByText("letter.txt").waitFor();
  await window.openView();
  const words = "Hedgerow works on git repositories on this machine, and what is open here is not on it.";
  await page.getByText(words).waitFor();
  await page.getByRole("button", { name: "Open Folder" }).first().waitFor();
  assert.equal(await window.message("").count(), 0);
  await shoot("virtual");

  for (const title of ["Hedgerow: Create Worktree", "Hedgerow: Review Changes"]) {
    await window.command(title);
    const message = window.message(words);
    await message.getByRole("button", { name: "Open Folder" }).waitFor();
    assert.equal(await window.message("").count(), 1);
    await window.dismissMessages();
  }
  assert.equal(await page.getByRole("button", { name: "Initialize Repository" }).count(), 0);
});

inTodaysEditor(
  "a repository beside such a folder has all of Hedgerow",
  NEEDS,
  async ({ code, place, shoot }) => {
    place.link("hedgerow", /** @type {string} */ (SERVER));
    withMemory(code);
    const repository = place.repository();
    const workspace = join(place.root, "both.code-workspace");
    place.write(workspace, JSON.stringify({ folders: [{ uri: "memory:/plot" }, { path: repository }] }));
    const window = await code.open(workspace);
    const { page } = window;
    await page.locator(".explorer-folders-view").getByText("letter.txt").dblclick();
    await page.locator(".tab.active").filter({ hasText: "letter.txt" }).waitFor();
    await window.openView();
    await window.row("Local").filter({ hasText: "trunk" }).waitFor();
    await window.create("fix-login");
    await window.row("fix-login").waitFor();
    assert.ok(existsSync(join(place.root, "code/garden.worktrees/fix-login/README.md")));
    await window.status("Local").waitFor({ state: "detached" }); // the file in front is in no worktree
    await shoot("virtual-beside");
  },
);
