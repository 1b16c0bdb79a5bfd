// The view Sessions as a person sees it: rows below headings, the buttons of a row, the badge, terminals.
import { until } from "./window.mjs";

/** @typedef {import("./window.mjs").Window} Window */

export class SessionsView {
  constructor(/** @type {Window} */ window) {
    this.window = window;
    this.page = window.page;
  }

  get rows() {
    return this.page.locator(".sidebar .pane").filter({ has: this.header }).locator(".monaco-list-row");
  }

  get header() {
    return this.page.locator(".pane-header[aria-label*='Sessions']");
  }

  /** The row of a session or checkout, by a text in it. */
  row(/** @type {string | RegExp} */ text) {
    return this.rows.filter({ hasText: text }).first();
  }

  /** What the view says: each heading with the rows below it, forks too. */
  async shown() {
    const rows = await this.rows.evaluateAll((elements) =>
      elements.map((row) => ({
        level: row.getAttribute("aria-level"),
        words: row.querySelector(".monaco-icon-label-container")?.textContent ?? "",
      })),
    );
    /** @type {Record<string, string[]>} */
    const groups = {};
    let heading = "";
    for (const { level, words: drawn } of rows) {
      const words = drawn.replaceAll(/\s+/g, " ").trim(); // blanks are drawn as hard ones
      if (level === "1") groups[(heading = words)] = [];
      else groups[heading]?.push(words);
    }
    return groups;
  }

  /** Waits until a row stands below a heading; the words of the row. */
  async below(/** @type {string} */ heading, /** @type {string} */ label) {
    /** @type {string | undefined} */
    let found;
    await until(async () => {
      const shown = await this.shown();
      const group = Object.entries(shown).find(([title]) => title.startsWith(heading))?.[1];
      found = group?.find((words) => words.includes(label));
      return found !== undefined;
    }, `${label} to stand below "${heading}"`);
    return /** @type {string} */ (found);
  }

  /** Presses a button that the row shows under the pointer. */
  async press(/** @type {string} */ label, /** @type {string} */ button) {
    const row = this.row(label);
    await row.hover();
    await row.getByRole("button", { name: button, exact: true }).click();
  }

  /** The buttons that the row shows under the pointer. */
  async buttons(/** @type {string} */ label) {
    const row = this.row(label);
    await row.hover();
    const names = await row.getByRole("button").all();
    return Promise.all(names.map((name) => name.getAttribute("aria-label")));
  }

  /** Picks an entry of the row's menu. */
  async menu(/** @type {string} */ label, /** @type {string} */ entry) {
    await this.row(label).click({ button: "right" });
    await this.page.locator(".context-view .action-label", { hasText: entry }).first().hover();
    await this.page.keyboard.press("Enter"); // a click that comes too soon after the menu is taken for what opened it
  }

  /** Moves the focus of the view to a row, by keys. */
  async focus(/** @type {string} */ label) {
    await this.page.keyboard.press("Home");
    const focused = this.page.locator(".sidebar .monaco-list-row.focused");
    for (let step = await this.rows.count(); step > 0; step--) {
      if ((await focused.innerText()).includes(label)) return;
      await this.page.keyboard.press("ArrowDown");
    }
    throw new Error(`no key leads to ${label}`);
  }

  /** The number beside the container's icon; an empty text when there is none. */
  async badge() {
    const content = this.page.locator(".activitybar .action-item", {
      has: this.page.locator("a[aria-label^='Hedgerow']"),
    });
    const badge = content.locator(".badge-content");
    return (await badge.isVisible()) ? (await badge.innerText()).trim() : "";
  }

  /** The item of the status bar that says who needs the person. */
  get need() {
    return this.page.locator("#hedgerow\\.hedgerow\\.hedgerow\\.need");
  }

  /** The item of the status bar that names the worktree. */
  get here() {
    return this.page.locator("#hedgerow\\.hedgerow\\.hedgerow\\.here");
  }

  /** Starts a session from the palette, in a new worktree; the agent's name where there are several. */
  async start(/** @type {string} */ prompt, where = "A new worktree", agent = "scripted") {
    await this.window.command("Hedgerow: Start Session");
    await this.window.asked("Which agent?");
    await this.window.pick(agent);
    await this.window.type("What is it to do?", prompt);
    await this.window.asked("Where is it to work?");
    await this.window.pick(where);
  }

  /** The terminal that has the focus. */
  get focusedTerminal() {
    return this.page.locator(".terminal-wrapper.active .xterm.focus");
  }

  /** Types into the terminal in front, once it shows this text. */
  async typeInTerminal(/** @type {string} */ shown, /** @type {string} */ text) {
    await this.focusedTerminal.waitFor();
    const rows = this.page.locator(".terminal-wrapper.active .xterm-rows");
    await rows.filter({ hasText: shown }).first().waitFor();
    await this.page.keyboard.type(text);
    await this.page.keyboard.press("Enter");
  }
}
