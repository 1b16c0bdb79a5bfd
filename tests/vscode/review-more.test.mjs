// Reviewing beyond one comparison: everything at once, the file by itself, comments on both sides, and without lenses.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { inEachEditor, inTodaysEditor } from "./support/editors.mjs";
import { SERVER } from "./support/parts.mjs";
import { EDITED, Reviewing, textOf, worked } from "./support/reviewing.mjs";
import { until } from "./support/window.mjs";

const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };
const PENDING = "Accept | Reject | Comment";
const ACCEPTED = "✓ accepted | Undo";

inEachEditor("everything at once, the file by itself, comments", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  const repository = place.repository();
  const worktree = worked(place, repository);
  const garden = join(worktree, "src/garden.txt");
  const settings = {
    "files.autoSave": "off",
    "workbench.colorTheme": "Default Dark Modern",
    "git.autoRepositoryDetection": "subFolders", // else git's marks of the same lines are there, too
  };
  const window = await code.open(repository, { settings });
  const review = new Reviewing(window, place, worktree);
  const { page } = window;
  const commented = () => {
    const options = { cwd: worktree, env: place.environment, encoding: /** @type {const} */ ("utf8") };
    const args = ["comments", worktree, "--json"];
    return JSON.parse(execFileSync(/** @type {string} */ (SERVER), args, options)).comments[0];
  };
  await window.openView();
  await window.row("fix-login").waitFor();
  await review.begin("fix-login");
  await review.row("fix-login").filter({ hasText: "6 of 6 files pending" }).waitFor();

  await review.untilTab("cafe.txt (fix-login)");
  // Everything at once: what is accepted stays where it is, also the last of a file.
  await review.press("fix-login", "Review All Changes in One Editor");
  await review.untilTab("Review: fix-login");
  await review.lens("Accept").nth(2).waitFor();
  await shoot("review-all");
  await review.pressLens("Accept");
  await review.untilStates("cafe.txt", ["accepted"]);
  await review.lens("Undo").first().waitFor();
  await shoot("review-all-accepted");

  // The file by itself: the same lenses, marks beside its lines, and the peek at one of them.
  await window.command("View: Close All Editors");
  await page.keyboard.press("Control+P");
  await window.quickInput.locator("input[type=text]").fill(garden);
  await window.quickInput.locator(".monaco-list-row").filter({ hasText: "garden.txt" }).first().click();
  await review.untilLenses([PENDING, PENDING, PENDING]);
  await page.locator(".editor-instance .dirty-diff-glyph").nth(3).waitFor();
  await shoot("review-file");
  await page.keyboard.press("Alt+F3");
  const peek = page.locator(".peekview-widget");
  await peek.filter({ hasText: "garden.txt" }).waitFor();
  await shoot("review-peek");
  await peek.locator(".peekview-actions .codicon-check").click();
  await review.untilLenses([ACCEPTED, PENDING, PENDING]);
  await review.untilStates("src/garden.txt", ["accepted", "pending", "pending"]);
  await until(
    async () => (await page.locator(".editor-instance .dirty-diff-glyph").count()) === 3,
    "one mark less",
  );

  // A comment on a hunk, from its lens: a draft that the server keeps.
  await review.beginComment();
  await page.keyboard.type("Why is this line gone?");
  await shoot("review-comment-writing");
  await page.locator(".review-widget").getByRole("button", { name: "Save Draft" }).click();
  const thread = page.locator(".review-widget").filter({ hasText: "Why is this line gone?" });
  await thread.filter({ hasText: "Draft" }).waitFor();
  await review.row("1 comment to send").waitFor();
  await shoot("review-comment");
  await thread.hover();
  await thread.getByRole("button", { name: "Edit Comment" }).click();
  await page.locator(".review-widget .edit-container .monaco-editor.focused").waitFor();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("Tell me: Why is this line gone?");
  await page.locator(".review-widget").getByRole("button", { name: /^Save/ }).click();
  await page.locator(".review-widget").filter({ hasText: "Tell me: Why is this line gone?" }).waitFor();

  // It moves with its lines when an agent writes above them, and is there again after the window was loaded anew.
  place.write(garden, textOf(EDITED.toSpliced(7, 0, "more")));
  await review.untilLenses([ACCEPTED, PENDING, PENDING, PENDING]);
  await until(() => commented().lines === "13", "the comment on its line");
  await page.reload();
  await review.row("1 comment to send").waitFor();
  await page.locator(".review-widget").filter({ hasText: "Why is this line gone?" }).waitFor();
  await shoot("review-comment-again");
  const said = page.locator(".review-widget").filter({ hasText: "Why is this line gone?" });
  await said.getByRole("button", { name: "Delete Comment" }).click();
  await window.message("The comment was deleted").waitFor();
  await window.press(window.message("The comment was deleted"), "Undo");
  await review.row("1 comment to send").waitFor();

  // The end of a review: everything of it is gone from the window, and what was accepted stays so.
  await window.command("Hedgerow: Stop Reviewing");
  await review.view.getByRole("button", { name: "Review Changes" }).waitFor();
  await review.untilLenses([]);
  await page.locator(".editor-instance .dirty-diff-glyph").first().waitFor({ state: "detached" });
  await page.locator(".review-widget").first().waitFor({ state: "detached" });
  assert.deepEqual(review.states("src/garden.txt"), ["accepted", "pending", "pending", "pending"]);
});

inTodaysEditor("a review without lenses", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  const repository = place.repository();
  const worktree = worked(place, repository);
  const settings = { "files.autoSave": "off", "editor.codeLens": false, "diffEditor.codeLens": false };
  const window = await code.open(repository, { settings });
  const review = new Reviewing(window, place, worktree);
  const { page } = window;
  await window.openView();
  await window.row("fix-login").waitFor();
  await review.begin("fix-login");
  await review.untilTab("cafe.txt (fix-login)");
  await review.row("garden.txt").click();
  await review.untilTab("garden.txt (fix-login)");
  const title = page.locator(".editor .editor-actions");
  const line = page.locator(".editor-instance .view-line").filter({ hasText: "and another" });
  await line.click();
  await title.getByRole("button", { name: /^Accept/ }).click();
  await review.untilStates("src/garden.txt", ["pending", "pending", "accepted"]);
  await shoot("review-without-lenses");
  await page.locator(".editor-instance .line-numbers").getByText("23", { exact: true }).last().click({
    button: "right",
  });
  await review.take("Take Back");
  await review.untilStates("src/garden.txt", ["pending", "pending", "pending"]);
  assert.deepEqual(await review.lenses(), []);
});
