// Reviewing what is rarer: links and other repositories, a rejection by key alone, and very many files.
import assert from "node:assert/strict";
import { readFileSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { inTodaysEditor } from "./support/editors.mjs";
import { SERVER } from "./support/parts.mjs";
import { Reviewing, textOf, LINES } from "./support/reviewing.mjs";
import { until } from "./support/window.mjs";

const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };

/** @typedef {import("./support/place.mjs").Place} Place */

/** A worktree beside the repository. */
function beside(/** @type {Place} */ place, /** @type {string} */ repository) {
  const worktree = join(repository, "../garden.worktrees/fix-login");
  place.git(repository, "worktree", "add", "--quiet", "-b", "fix", worktree);
  return worktree;
}

inTodaysEditor("links, other repositories and keys", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  const tools = place.repository("tools");
  const repository = place.repository();
  const fetching = ["-c", "protocol.file.allow=always"];
  place.git(repository, ...fetching, "submodule", "add", "--quiet", tools, "tools");
  symlinkSync("README.md", join(repository, "latest"));
  place.write(join(repository, "plan.txt"), textOf(LINES));
  place.git(repository, "add", ".");
  place.git(repository, "commit", "--quiet", "-m", "Plan");
  const worktree = beside(place, repository);
  place.git(worktree, ...fetching, "submodule", "update", "--init", "--quiet");
  place.git(join(worktree, "tools"), "checkout", "--quiet", "HEAD~1");
  const link = join(worktree, "latest");
  unlinkSync(link);
  symlinkSync("src/beds.py", link);
  const plan = join(worktree, "plan.txt");
  const changed = LINES.with(4, "line five").with(20, "line twenty-one");
  place.write(plan, textOf(changed));

  const window = await code.open(repository, { settings: { "files.autoSave": "off" } });
  const review = new Reviewing(window, place, worktree);
  const { page } = window;
  await window.openView();
  await window.row("fix-login").waitFor();
  await review.begin("fix-login");
  await review.row("3 of 3 files pending").waitFor();
  await review.row("latest").filter({ hasText: "link" }).click();
  await review.untilTab("latest (fix-login)");
  await page.locator(".editor-instance .view-line").filter({ hasText: "src/beds.py" }).first().waitFor();
  await shoot("review-link");
  assert.equal(await window.message("").count(), 0);
  // What cannot be compared says what can be done; what cannot be rejected, why.
  await review.row("tools").filter({ hasText: "submodule" }).click();
  await window.message("tools is another repository, at another commit").waitFor();
  await window.dismissMessages();
  await review.press("tools", "Reject");
  await window.message("tools").waitFor();
  await shoot("review-submodule");
  await window.dismissMessages();

  // As wholes: accepted from the row and taken back, rejected and undone.
  await review.box("latest").click();
  await review.row("latest").filter({ hasText: "accepted" }).waitFor();
  await review.press("latest", "Take Back");
  await review.row("3 of 3 files pending").waitFor();
  await review.press("latest", "Reject");
  await until(() => readlinkSync(link) === "README.md", "the link as it was");
  await window.press(window.message("Rejected"), "Undo");
  await until(() => readlinkSync(link) === "src/beds.py", "the link as the agent left it");
  await review.row("rejected").waitFor({ state: "detached" }); // else the rows move under the pointer
  await review.untilLenses(["Accept File | Reject File | Comment"]);
  await review.box("tools").click();
  await review.row("tools").filter({ hasText: "accepted" }).waitFor();
  await shoot("review-wholes");

  // By keys, from the view on: there, back, reject it, on to the one after it, and all of it back.
  await review.row("plan.txt").click();
  await review.untilTab("plan.txt (fix-login)");
  await window.status("2/2 hunks").waitFor();
  await window.status("Ln 5, Col 1").waitFor(); // where the editor itself goes
  await page.keyboard.press("Alt+j");
  await window.status("Ln 21, Col 1").waitFor();
  await page.locator(".editor-instance .monaco-editor.focused").first().waitFor();
  await page.keyboard.press("Alt+k");
  await window.status("Ln 5, Col 1").waitFor();
  await page.keyboard.press("Alt+n");
  await until(
    () => readFileSync(plan, "utf8") === textOf(LINES.with(20, "line twenty-one")),
    "line 5 is back",
  );
  await window.status("Ln 21, Col 1").waitFor();
  await window.status("1/1 hunk").waitFor();
  await page.keyboard.press("Alt+u");
  await until(() => readFileSync(plan, "utf8") === textOf(changed), "the file as the agent left it");
});

inTodaysEditor("more files than are listed at once", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  const repository = place.repository();
  const worktree = beside(place, repository);
  const name = (/** @type {number} */ number) => `bed${String(number).padStart(4, "0")}.txt`;
  for (let number = 1; number <= 1203; number++)
    place.write(join(worktree, "beds", name(number)), `bed ${number}\n`);
  const window = await code.open(repository);
  const review = new Reviewing(window, place, worktree);
  const { page } = window;
  await window.openView();
  await window.row("fix-login").waitFor();
  await review.begin("fix-login");
  await review.row("1203 of 1203 files pending").waitFor();
  await review.untilTab("bed0001.txt (fix-login)");
  await review.row(name(2)).click();
  await review.untilTab("bed0002.txt (fix-login)");
  await review.box(name(2)).click();
  await review.untilLenses(["New file | ✓ accepted | Undo"]);
  await review.row("1202 of 1203 files pending").waitFor();

  // The rest is one key away, at the end of the list.
  await review.row(name(2)).click();
  await page.keyboard.press("End");
  await review.row("and 203 more files").waitFor();
  await shoot("review-many");
  await page.keyboard.press("Enter");
  await review.row("and 203 more files").waitFor({ state: "detached" });
  await page.keyboard.press("End");
  await review.row(name(1203)).click();
  await review.untilTab("bed1203.txt (fix-login)");
  await shoot("review-many-more");
  await page.keyboard.press("Home");
  await review.row("1202 of 1203 files pending").click({ button: "right" });
  await review.take("Accept All");
  await review.row("all accepted").waitFor();
});
