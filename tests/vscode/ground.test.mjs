// Where it stands: beside VS Code's own git, in several folders and windows, in an empty window, outside any repository.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { inEachEditor, inTodaysEditor } from "./support/editors.mjs";
import { SERVER } from "./support/parts.mjs";

const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };

inTodaysEditor("what git's own commands make shows here, and ours there", NEEDS, async (parts) => {
  const { code, place, shoot } = parts;
  place.link("hedgerow", /** @type {string} */ (SERVER));
  const window = await code.open(place.repository());
  await window.openView();
  await window.row("Local").filter({ hasText: "trunk" }).waitFor();
  await window.create("fix-login");
  await window.row("fix-login").waitFor();
  await window.dismissMessages();

  // One made by VS Code's git: here it is somebody else's, and there once.
  await window.command("Git: Create Worktree...");
  await window.asked("Select a branch or tag");
  await shoot("git-create-worktree");
  await window.pick("Create new branch...");
  await window.type("Branch name", "pruning");
  await window.asked("worktree");
  await window.page.keyboard.press("Enter");
  const foreign = window.row("pruning");
  await foreign.filter({ hasText: "by hand" }).waitFor();
  assert.equal(await foreign.count(), 1);
  await shoot("beside-git");

  // Ours is in git's list; opening and the rest of it are git's own business there.
  await window.command("Git: Delete Worktree...");
  await window.asked("worktree");
  await shoot("git-worktrees");
  const listed = window.quickInput.locator(".monaco-list-row");
  await listed.filter({ hasText: "fix-login" }).first().waitFor();
  await window.page.keyboard.press("Escape");
});

inEachEditor("several folders and two windows have one truth", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  const [garden, orchard] = [place.repository("garden"), place.repository("orchard")];
  const plain = join(place.root, "plain");
  place.write(join(plain, "letter.txt"), "Dear gardener\n");
  const workspace = join(place.root, "both.code-workspace");
  const folders = [garden, orchard, plain].map((path) => ({ path }));
  place.write(workspace, JSON.stringify({ folders }));
  const window = await code.open(workspace);
  await window.openView();
  await window.row("garden").first().waitFor();
  await window.row("orchard").first().waitFor();
  assert.equal(
    await window.message("").count(),
    0,
    "a folder without a repository is nothing to complain about",
  );

  // From the palette it asks in which of them; the other window is told.
  const other = await code.another(orchard);
  await other.openView();
  await other.row("Local").waitFor();
  await window.command("Hedgerow: Create Worktree");
  await window.asked("In which repository?");
  await window.pick("orchard");
  await window.type("Name of the worktree", "graft");
  await window.asked("Start from where?");
  await window.pick("The usual start");
  await window.row("graft").waitFor();
  await other.row("graft").waitFor();
  assert.equal(await window.row("graft").count(), 1);
  await shoot("two-folders");
  await window.command("Hedgerow: Show History");
  await window.entry(/Created graft.*orchard/).waitFor();

  // A folder that leaves takes its rows along.
  place.write(workspace, JSON.stringify({ folders: folders.slice(1) }));
  await window.row("garden").first().waitFor({ state: "detached" });
  await window.row("graft").waitFor();
});

inTodaysEditor(
  "an empty window and a folder without git say what to do",
  NEEDS,
  async ({ code, place, shoot }) => {
    place.link("hedgerow", /** @type {string} */ (SERVER));
    const window = await code.open(undefined);
    await window.openView();
    await window.page.getByText("Open a folder of a git repository to see its worktrees").waitFor();
    await window.page.getByRole("button", { name: "Open Folder" }).first().waitFor();
    assert.equal(await window.message("").count(), 0);
    await shoot("empty-window");
    await window.command("Hedgerow: Create Worktree");
    const message = window.message("Open a folder of a git repository first");
    await message.waitFor();
    assert.equal(await window.message("").count(), 1);
    await message.getByRole("button", { name: "Open Folder" }).waitFor();
    await shoot("empty-window-command");

    const folder = (/** @type {string} */ name) => {
      place.write(join(place.root, name, "letter.txt"), "Dear gardener\n");
      return join(place.root, name);
    };
    const other = await code.another(folder("plain"));
    await other.openView();
    await other.page.getByText("No git repository is open here").waitFor();
    // However a repository comes to be, it shows by itself.
    place.git(folder("plain"), "init", "--quiet");
    await other.row("Local").waitFor();
    await other.page.close();

    const third = await code.another(folder("meadow"));
    await third.openView();
    await third.page.getByText("No git repository is open here").waitFor();
    await third.page.getByRole("button", { name: "Look Again" }).waitFor();
    await third.page.getByRole("button", { name: "Initialize Repository" }).click();
    await third.row("Local").waitFor();
    assert.ok(existsSync(join(place.root, "meadow/.git/HEAD")));
  },
);
