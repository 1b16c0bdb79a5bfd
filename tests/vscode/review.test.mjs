// Reviewing what an agent did, as a person does it in each VS Code: hunk by hunk in comparisons, in the view, in the file.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "./support/agents.mjs";
import { inEachEditor } from "./support/editors.mjs";
import { SERVER } from "./support/parts.mjs";
import { EDITED, Reviewing, textOf, worked } from "./support/reviewing.mjs";
import { until } from "./support/window.mjs";

const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };
const PENDING = "Accept | Reject | Comment";
const ACCEPTED = "✓ accepted | Undo";

inEachEditor("hunks are accepted, rejected and taken back", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  const repository = place.repository();
  const worktree = worked(place, repository);
  const garden = join(worktree, "src/garden.txt");
  const window = await code.open(repository, { settings: { "files.autoSave": "off" } });
  const review = new Reviewing(window, place, worktree);
  const { page } = window;
  await window.openView();
  await window.row("fix-login").waitFor();
  await review.view.getByRole("button", { name: "Review Changes" }).waitFor(); // it says what it is for
  await shoot("review-empty");

  await review.begin("fix-login");
  await review.row("fix-login").filter({ hasText: "6 of 6 files pending" }).waitFor();
  await review.untilTab("cafe.txt (fix-login)");
  await review.untilLenses([PENDING]); // no UTF-8, and still one line of it differs
  await review.row("garden.txt").click();
  await review.untilLenses([PENDING, PENDING, PENDING]);
  await review.row("garden.txt").filter({ hasText: "src · 3 hunks" }).waitFor();
  await review.fold("garden.txt");
  await review.row("5: line five").waitFor();
  await shoot("review-comparison");

  // Lenses, boxes and buttons are the same decision, in any order.
  await review.pressLens("Accept", 1);
  await review.untilLenses([PENDING, ACCEPTED, PENDING]);
  await review.untilStates("src/garden.txt", ["pending", "accepted", "pending"]);
  await until(() => review.isTicked("12: line 12"), "the box of the second hunk");
  await review.row("garden.txt").filter({ hasText: "2 of 3 pending" }).waitFor();
  await review.box("a new line").click();
  await review.untilLenses([PENDING, ACCEPTED, ACCEPTED]);
  await window.status("1/3 hunks").waitFor();
  await review.box("12: line 12").click(); // not the last that was accepted
  await review.untilLenses([PENDING, PENDING, ACCEPTED]);
  await review.untilStates("src/garden.txt", ["pending", "pending", "accepted"]);
  await shoot("review-states");
  await review.pressLens("Undo");
  await review.untilLenses([PENDING, PENDING, PENDING]);
  await review.press("5: line five", "Accept");
  await review.untilLenses([ACCEPTED, PENDING, PENDING]);

  // What is rejected is what was accepted last, in the file; and it comes back.
  await review.pressLens("Reject", 1);
  await until(
    () => !readFileSync(garden, "utf8").includes("a new line"),
    "the file without what was rejected",
  );
  await review.untilLenses([ACCEPTED, PENDING]);
  await review.row("rejected").waitFor();
  await shoot("review-rejected");
  await window.press(window.message("Rejected"), "Undo");
  await until(() => readFileSync(garden, "utf8") === textOf(EDITED), "the file as it was");
  await review.untilLenses([ACCEPTED, PENDING, PENDING]);
  assert.equal(await review.view.getByText("rejected").count(), 0);

  // With keys: next, accept and on to the next, undo, and on into the next file.
  await page
    .locator(
      ".editor-instance .modified .view-lines, .editor-instance .modified-in-monaco-diff-editor .view-lines",
    )
    .first()
    .click({ position: { x: 5, y: 5 } });
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Alt+j");
  await window.status("Ln 12, Col 1").waitFor();
  await page.keyboard.press("Alt+y");
  await window.status("1/3 hunks").waitFor();
  await window.status("Ln 22, Col 1").waitFor();
  await page.keyboard.press("Alt+u");
  await window.status("2/3 hunks").waitFor();
  await page.keyboard.press("Alt+j");
  await review.untilTab("new.txt (fix-login)");
  await review.untilLenses(["New file | Accept | Delete It | Comment"]);
  await shoot("review-added");
  await page.keyboard.press("Alt+y");
  await review.untilLenses(["New file | ✓ accepted | Undo"]);
  await page.keyboard.press("Alt+k");
  await review.untilTab("garden.txt (fix-login)");
  await window.status("Ln 22, Col 1").waitFor();

  // What is typed moves hunks; what was typed over is reviewed when it is saved, and nothing is rejected meanwhile.
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("first\n");
  await review.untilLenses([ACCEPTED, PENDING, PENDING]);
  await review.pressLens("Reject");
  await window.message(/garden\.txt is not saved/).waitFor();
  assert.equal(readFileSync(garden, "utf8"), textOf(EDITED), "nothing has changed");
  await shoot("review-unsaved");
  await window.press(window.message(/garden\.txt is not saved/), "Save");
  await until(() => readFileSync(garden, "utf8") === textOf(["first", ...EDITED]), "the file saved");
  await review.untilLenses([PENDING, ACCEPTED, PENDING, PENDING]);

  // An agent goes on meanwhile.
  place.write(garden, textOf(["first", ...EDITED.map((line) => (line === "line 8" ? "line eight" : line))]));
  await review.untilLenses([PENDING, ACCEPTED, PENDING, PENDING, PENDING]);
  await review.row("gone.txt").click();
  await review.untilLenses(["Deleted | Accept | Restore It | Comment"]);
  await shoot("review-deleted");
  await review.pressLens("Restore It");
  await until(() => text(join(worktree, "gone.txt")) === "bye\n", "the file restored");
  await review.row("rejected").waitFor();
  await review.fold("garden.txt");
  await review.row("ways.txt").click();
  await review.untilLenses([PENDING]);
  await shoot("review-renamed");
});
