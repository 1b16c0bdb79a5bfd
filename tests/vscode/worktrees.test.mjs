// The main job, as a person does it in each VS Code: a worktree made from the palette, seen in the tree, cleaned up after
// its plan was read, restored as it was, and all of it undone.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inEachEditor } from "./support/editors.mjs";
import { SERVER } from "./support/parts.mjs";
import { until } from "./support/window.mjs";

const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };

inEachEditor("create, see, clean up, restore and undo", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  const repository = place.repository();
  const worktree = join(place.root, "code/garden.worktrees/fix-login");
  const window = await code.open(repository);
  await window.openView();
  await window.row("Local").filter({ hasText: "trunk" }).waitFor();

  // What is refused is one message, in the server's words.
  await window.create("../outside");
  await window.message(/\.\.\/outside/).waitFor();
  assert.equal(await window.message("").count(), 1);
  await shoot("refused");
  await window.dismissMessages();

  await window.command("Hedgerow: Create Worktree");
  await window.type("Name of the worktree", "fix-login");
  await window.asked("Start from where?");
  await shoot("create-from");
  await window.pick("The usual start");
  await window.message(/fix-login/).waitFor();
  await window.row("fix-login").waitFor();
  assert.equal(readFileSync(join(worktree, "src/beds.py"), "utf8"), "beds = 4\n");
  await window.dismissMessages();

  // Uncommitted work, which the plan must name.
  place.write(join(worktree, "src/beds.py"), "beds = 5\n");
  place.write(join(worktree, "notes.txt"), "plant beans\n");
  await window.row("fix-login").filter({ hasText: "2 uncommitted" }).waitFor();
  await shoot("list");

  await window.command("Hedgerow: Clean Up");
  await window.asked("Which ones?");
  await window.tick("fix-login");
  await window.dialog.waitFor();
  await shoot("plan");
  const plan = await window.dialog.innerText();
  assert.match(plan, /notes\.txt/);
  assert.match(plan, /src\/beds\.py/);
  // What was not shown is not agreed to.
  place.write(join(worktree, "seeds.txt"), "carrots\n");
  await window.press(window.dialog, "Carry Out");
  const stale = window.message("Plan Again");
  await stale.waitFor();
  assert.ok(existsSync(join(worktree, "notes.txt")), "nothing has changed");
  await shoot("stale");
  await window.press(stale, "Plan Again");
  await window.dialog.filter({ hasText: "seeds.txt" }).waitFor();
  await window.press(window.dialog, "Cancel");
  await window.dialog.waitFor({ state: "detached" });
  assert.ok(existsSync(join(worktree, "notes.txt")), "Cancel leaves it as it was");

  await window.cleanUpFromRow("fix-login");
  await window.press(window.dialog, "Carry Out");
  await window.row("fix-login").waitFor({ state: "detached" });
  assert.ok(!existsSync(worktree));
  await window.message(/fix-login/).waitFor();
  await shoot("cleaned-up");
  await window.dismissMessages();

  await window.command("Hedgerow: Restore");
  await window.asked("Restore what?");
  await shoot("restore");
  await window.pick("fix-login");
  await window.pick("In its old place");
  await window.row("fix-login").filter({ hasText: "3 uncommitted" }).waitFor();
  assert.equal(readFileSync(join(worktree, "src/beds.py"), "utf8"), "beds = 5\n");
  assert.equal(readFileSync(join(worktree, "notes.txt"), "utf8"), "plant beans\n");

  // Undo of the restore, from its own message: the worktree is retired again.
  await window.press(window.message(/fix-login/), "Undo");
  await window.agreeIfAsked(() =>
    window
      .row("fix-login")
      .count()
      .then((count) => count === 0),
  );
  await until(() => !existsSync(worktree), "the worktree is gone after the undo");
  await window.dismissMessages();
});

inEachEditor("a server that is killed comes back, and the list with it", NEEDS, async ({ code, place }) => {
  // The program that the editor starts writes down its process id, so that the test ends no other.
  const pids = join(place.root, "pids");
  place.script("hedgerow", `#!/bin/sh\necho $$ >>${pids}\nexec ${SERVER} "$@"\n`);
  const window = await code.open(place.repository());
  await window.openView();
  await window.row("Local").filter({ hasText: "trunk" }).waitFor();
  const started = () => readFileSync(pids, "utf8").trim().split("\n").map(Number);
  const runs = () => code.extensionLog().match(/the server runs/g)?.length ?? 0;
  for (const times of [1, 2, 3]) {
    await until(() => runs() === times, "the server runs");
    process.kill(/** @type {number} */ (started().at(-1)), "SIGKILL");
  }
  await until(() => runs() === 4, "the server was started again each time");
  await window.row("Local").filter({ hasText: "trunk" }).waitFor();
  assert.equal(await window.message("").count(), 0, "a restart is nobody's business");
  process.kill(/** @type {number} */ (started().at(-1)), "SIGKILL");
  await window.message("keeps ending unexpectedly").waitFor();
  await window.status("Hedgerow: stopped").click();
  await window.row("Local").filter({ hasText: "trunk" }).waitFor();
});
