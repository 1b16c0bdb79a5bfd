// Reviewing beside an agent that is at work: rejections wait for the end of its turn, comments reach it as one prompt.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scripted } from "./support/agents.mjs";
import { inTodaysEditor } from "./support/editors.mjs";
import { SERVER } from "./support/parts.mjs";
import { EDITED, Reviewing, textOf, worked } from "./support/reviewing.mjs";
import { until } from "./support/window.mjs";

const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };
const PENDING = "Accept | Reject | Comment";
const WAITS = "rejected when the agent's turn ends | Undo";

inTodaysEditor("a review while an agent is at work", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  scripted(place);
  const repository = place.repository();
  const worktree = worked(place, repository);
  const garden = join(worktree, "src/garden.txt");
  const gate = join(place.root, "go");
  const hedgerow = (/** @type {string[]} */ ...args) =>
    execFileSync(/** @type {string} */ (SERVER), args, {
      cwd: repository,
      env: place.environment,
      encoding: "utf8",
    });
  const prompt = `hold ${gate}; say Planted`;
  hedgerow("start", "scripted", prompt, "--checkout", worktree, "--label", "planter", "--yes");
  const settings = { "files.autoSave": "off", "workbench.colorTheme": "Default Dark Modern" };
  const window = await code.open(repository, { settings });
  const review = new Reviewing(window, place, worktree);
  const { page } = window;
  await window.openView();
  await window.row("planter").waitFor();

  // From the row of the session. A rejection waits, and can be taken back.
  await window.row("planter").click({ button: "right" });
  await review.take("Review Changes");
  await review.row("garden.txt").click();
  await review.untilLenses([PENDING, PENDING, PENDING]);
  await review.pressLens("Reject");
  await review.untilLenses([WAITS, PENDING, PENDING]);
  assert.equal(readFileSync(garden, "utf8"), textOf(EDITED), "nothing is written under the agent");
  await shoot("review-waits");
  await review.pressLens("Undo");
  await review.untilLenses([PENDING, PENDING, PENDING]);
  await review.pressLens("Reject");
  await review.untilLenses([WAITS, PENDING, PENDING]);

  // At the end of the turn it is carried out, and the person sees so.
  writeFileSync(gate, "");
  await until(() => !readFileSync(garden, "utf8").includes("line five"), "the rejection to be carried out");
  await review.row("garden.txt").filter({ hasText: "src · 2 hunks" }).waitFor();
  await review.untilLenses([PENDING, PENDING]);

  // What is to be said is drafted, shown, and given to the agent as one prompt.
  await review.beginComment();
  await page.keyboard.type("Put this line back");
  await page.locator(".review-widget").getByRole("button", { name: "Save Draft" }).click();
  await review.row("1 comment to send").waitFor();
  await review.press("1 comment to send", "Send Comments");
  await window.dialog.filter({ hasText: "Put this line back" }).waitFor();
  await shoot("review-send");
  await window.press(window.dialog, "Send to planter");
  await window.message("Sent to planter").waitFor();
  await page.locator(".review-widget, .comment-range-glyph").first().waitFor();
  const told = () => JSON.parse(hedgerow("list", "--json")).sessions[0]?.lastMessage ?? "";
  await until(() => told().includes("Put this line back"), "the agent to have read it");
  await until(async () => (await review.view.getByText("to send").count()) === 0, "no more to send");
});
