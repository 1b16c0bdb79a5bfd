// What a person does and sees when they review: the view of hunks, lenses, comparisons, comments. And work to review.
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SERVER } from "./parts.mjs";
import { until } from "./window.mjs";

/** @typedef {import("playwright-core").Locator} Locator */
/** @typedef {import("./place.mjs").Place} Place */
/** @typedef {import("./window.mjs").Window} Window */

export const LINES = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);

/** The file of the work as its agent left it: one change, one deletion, one addition. */
export const EDITED = LINES.map((line) => (line === "line 5" ? "line five" : line)).filter(
  (line) => line !== "line 12",
);
EDITED.splice(EDITED.indexOf("line 23"), 0, "a new line", "and another");

export const textOf = (/** @type {string[]} */ lines) => `${lines.join("\n")}\n`;

/** A worktree beside the repository, with every kind of change in it. */
export function worked(/** @type {Place} */ place, /** @type {string} */ repository) {
  const at = (/** @type {string} */ path) => join(repository, path);
  place.write(at("src/garden.txt"), textOf(LINES));
  place.write(at("gone.txt"), "bye\n");
  place.write(at("paths.txt"), textOf(LINES.slice(0, 10)));
  writeFileSync(at("cafe.txt"), Buffer.from("caf\xe9\nth\xe9\nlast\n", "latin1"));
  writeFileSync(at("seed.bin"), Buffer.from([0, 1, 2, 3]));
  place.git(repository, "add", ".");
  place.git(repository, "commit", "--quiet", "-m", "Plant");
  const worktree = join(repository, "../garden.worktrees/fix-login");
  place.git(repository, "worktree", "add", "--quiet", "-b", "fix", worktree);
  const there = (/** @type {string} */ path) => join(worktree, path);
  place.write(there("src/garden.txt"), textOf(EDITED));
  rmSync(there("gone.txt"));
  place.git(worktree, "mv", "paths.txt", "ways.txt");
  place.write(there("ways.txt"), textOf(["line 1", "line two", ...LINES.slice(2, 10)]));
  place.write(there("src/new.txt"), "new\nfile\n");
  writeFileSync(there("cafe.txt"), Buffer.from("caf\xe9\nth\xe9 vert\nlast\n", "latin1"));
  writeFileSync(there("seed.bin"), Buffer.from([0, 1, 2, 4]));
  return worktree;
}

/** After that a click has had no effect. */
const LOST_MS = 8000;

export class Reviewing {
  constructor(/** @type {Window} */ window, /** @type {Place} */ place, /** @type {string} */ worktree) {
    this.window = window;
    this.page = window.page;
    this.place = place;
    this.worktree = worktree;
  }

  get view() {
    return this.page.locator(".sidebar .pane").filter({
      has: this.page.locator(".pane-header[aria-label*='Review']"),
    });
  }

  /** A row of the view, by a text in it. */
  row(/** @type {string | RegExp} */ text) {
    return this.view.locator(".monaco-list-row").filter({ hasText: text }).first();
  }

  /** Whether a row is ticked. */
  async isTicked(/** @type {string | RegExp} */ text) {
    return (await this.box(text).getAttribute("aria-checked")) === "true";
  }

  box(/** @type {string | RegExp} */ text) {
    return this.row(text).getByRole("checkbox");
  }

  async fold(/** @type {string} */ text) {
    await this.row(text).locator(".monaco-tl-twistie").click();
  }

  /** Links of lenses with this text, in the order of their lines. */
  lens(/** @type {string | RegExp} */ text) {
    return this.page.locator(".part.editor .codelens-decoration a").filter({ hasText: text });
  }

  /** Clicks one of the lenses with this text, by their order on the screen. */
  async pressLens(/** @type {string} */ text, number = 0) {
    const lenses = this.lens(text);
    await lenses.nth(number).waitFor();
    const tops = await lenses.evaluateAll((links) => links.map((link) => link.getBoundingClientRect().top));
    const height = this.page.viewportSize()?.height ?? 0; // editors that are kept for later stand outside
    const order = tops
      .map((top, index) => ({ top, index }))
      .filter(({ top }) => top > 0 && top < height)
      .sort((a, b) => a.top - b.top);
    await lenses.nth(order[number]?.index ?? number).click();
  }

  /** Begins a comment at a hunk. A click is lost when the lenses are drawn anew under it: then once more. */
  async beginComment() {
    const box = this.page.locator(".review-widget .comment-form .monaco-editor");
    for (let clicks = 1; ; clicks++) {
      await this.pressLens("Comment");
      try {
        await box.waitFor({ timeout: LOST_MS });
        return box;
      } catch (error) {
        if (clicks === 3) throw error;
      }
    }
  }

  /** What the lenses say, one text for each line that has some. */
  async lenses() {
    const found = await this.page.locator(".part.editor .codelens-decoration").evaluateAll((rows) =>
      rows.map((row) => ({
        top: row.getBoundingClientRect().top,
        text: /** @type {any} */ (row).innerText,
      })),
    );
    return found
      .map(({ top, text }) => ({ top, text: text.replaceAll(/\s+/g, " ").trim() }))
      .filter(({ text }) => text !== "")
      .sort((a, b) => a.top - b.top)
      .map(({ text }) => text);
  }

  async untilLenses(/** @type {string[]} */ wanted) {
    /** @type {string[]} */
    let found = [];
    await until(
      async () => {
        found = await this.lenses();
        return JSON.stringify(found) === JSON.stringify(wanted);
      },
      `lenses ${JSON.stringify(wanted)}`,
    ).catch((error) => {
      throw new Error(`${error.message}; they are ${JSON.stringify(found)}`);
    });
  }

  /** Waits until the tab that is open has this title. */
  async untilTab(/** @type {string} */ title) {
    await this.page.locator(".editor .tab.active").filter({ hasText: title }).first().waitFor();
  }

  /** Reviews a checkout from the palette. */
  async begin(/** @type {string} */ label) {
    await this.window.command("Hedgerow: Review Changes");
    await this.window.asked("Of which checkout?");
    await this.window.pick(label);
  }

  async press(/** @type {string | RegExp} */ row, /** @type {string} */ button) {
    await this.row(row).hover();
    const name = new RegExp(`^${button}( \\(|$)`); // its key may stand behind it
    await this.row(row).getByRole("button", { name }).first().click();
  }

  /** Takes an entry of the menu that is open. */
  async take(/** @type {string} */ entry) {
    await this.page.locator(".context-view .action-label", { hasText: entry }).first().hover();
    await this.page.keyboard.press("Enter"); // a click that comes too soon after the menu is taken for what opened it
  }

  /** What the server says of the hunks of a file, asked on the shell as anybody would. */
  states(/** @type {string} */ path) {
    const args = ["hunks", this.worktree, path, "--json"];
    const options = {
      cwd: this.worktree,
      env: this.place.environment,
      encoding: /** @type {const} */ ("utf8"),
    };
    const answer = JSON.parse(execFileSync(/** @type {string} */ (SERVER), args, options));
    return answer.hunks.map((/** @type {{ state: string }} */ { state }) => state);
  }

  async untilStates(/** @type {string} */ path, /** @type {string[]} */ wanted) {
    await until(() => JSON.stringify(this.states(path)) === JSON.stringify(wanted), `${path}: ${wanted}`);
  }
}
