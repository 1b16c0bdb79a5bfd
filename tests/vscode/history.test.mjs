// The view History: what was done and what was kept, as it happens, with undo and restore in the rows.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inTodaysEditor } from "./support/editors.mjs";
import { SERVER } from "./support/parts.mjs";
import { until } from "./support/window.mjs";

const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };

inTodaysEditor(
  "history shows what is done, undoes and restores it",
  NEEDS,
  async ({ code, place, shoot }) => {
    place.link("hedgerow", /** @type {string} */ (SERVER));
    const repository = place.repository();
    const worktree = join(place.root, "code/garden.worktrees/fix-login");
    const shell = (/** @type {string[]} */ ...words) =>
      execFileSync(/** @type {string} */ (SERVER), words, { cwd: repository, env: place.environment });
    const window = await code.open(repository);
    await window.openView();
    await window.row("Local").waitFor();
    await window.command("Hedgerow: Show History");
    await window.page.getByText("Nothing has been done here yet").waitFor();
    await shoot("history-empty");

    // What is done elsewhere shows as it happens.
    shell("create", "fix-login");
    const created = window.entry(/fix-login/).first();
    await created.waitFor();
    assert.match(await created.innerText(), /\d\d:\d\d/);
    await window.pressInRow(created, "Show Details");
    await window.page.locator(".tab", { hasText: "details" }).waitFor();
    await shoot("history-created");

    place.write(join(worktree, "notes.txt"), "plant beans\n");
    shell("clean-up", "fix-login", "--yes");
    await until(() => !existsSync(worktree), "it is cleaned up");
    const snapshots = window.entry(/^Snapshots/);
    await snapshots.waitFor();
    await snapshots.click();
    const snapshot = window.entry(/^fix-login.*1 file/);
    await snapshot.waitFor();
    await shoot("history");
    await window.pressInRow(snapshot, "Restore");
    await window.asked("Where should fix-login be?");
    await window.pick("In its old place");
    await window.message(/fix-login/).waitFor();
    assert.equal(readFileSync(join(worktree, "notes.txt"), "utf8"), "plant beans\n");

    // Undo of the newest, from its row; the row says what became of it.
    const restored = window.entry(/^Brought fix-login back/);
    await window.pressInRow(restored, "Undo");
    await window.agreeIfAsked(async () => !existsSync(worktree));
    await window.entry(/^Brought fix-login back.*undone/).waitFor();
    await shoot("history-undone");
  },
);
