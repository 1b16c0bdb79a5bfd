// A set-up script is shown and allowed before it runs, reports while it runs, and can be cancelled; Local's uncommitted
// changes are carried when asked; what has a name can be given another.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inEachEditor } from "./support/editors.mjs";
import { SERVER } from "./support/parts.mjs";
import { until } from "./support/window.mjs";

const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };

inEachEditor("set-up is allowed, shown and cancelled", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  const repository = place.repository();
  const begun = join(place.root, "begun");
  const go = join(place.root, "go");
  const script = `echo digging\ntouch ${begun}\nuntil [ -e ${go} ]; do sleep 0.1; done\nmkdir node_modules; touch node_modules/ready\n`;
  place.write(join(repository, ".hedgerow/setup.sh"), script);
  place.git(repository, "add", ".");
  place.git(repository, "commit", "--quiet", "-m", "Set-up");
  place.write(join(repository, "src/beds.py"), "beds = 6\n"); // not committed
  const worktree = (/** @type {string} */ name) => join(place.root, "code/garden.worktrees", name);
  const window = await code.open(repository);
  await window.openView();
  await window.row("Local").filter({ hasText: "1 uncommitted" }).waitFor();

  await window.create("first");
  await window.asked("Local has 1 uncommitted change");
  await window.pick("Leave them where they are");
  await window.dialog.waitFor();
  await shoot("script");
  assert.match(await window.dialog.innerText(), /echo digging/);
  assert.ok(!existsSync(begun), "nothing ran before it was allowed");
  await window.press(window.dialog, "Allow and Run");
  await until(() => existsSync(begun), "the script runs");
  const progress = window.message("Hedgerow: Create Worktree");
  await progress.filter({ hasText: "digging" }).waitFor();
  await shoot("progress");
  await window.press(progress, "Cancel");
  await progress.waitFor({ state: "detached" });
  await until(() => !existsSync(worktree("first")), "a cancelled create leaves nothing behind");
  await window.row("first").waitFor({ state: "detached" });

  place.write(go, "");
  await window.create("second");
  await window.asked("Local has 1 uncommitted change");
  await window.pick("Copy them there too");
  await window.agreeIfAsked(
    async () => existsSync(join(worktree("second"), "node_modules/ready")),
    "Allow and Run",
  );
  await window.row("second").filter({ hasText: "1 uncommitted" }).waitFor();
  assert.equal(readFileSync(join(worktree("second"), "src/beds.py"), "utf8"), "beds = 6\n");
  assert.equal(readFileSync(join(repository, "src/beds.py"), "utf8"), "beds = 6\n");

  await window.command("Hedgerow: Rename");
  await window.asked("Which one?");
  await window.pick("second");
  await window.type("What do you want to call it?", "The second bed");
  await window.row("The second bed").waitFor();
  await window.command("Hedgerow: Show History");
  await window.entry("second is called The second bed now").click();
  await window.page.locator(".tab", { hasText: "details" }).waitFor();
  await window.command("Hedgerow: Check Health");
  await window.page.locator(".view-line", { hasText: "git" }).first().waitFor();
  await shoot("health");
});
