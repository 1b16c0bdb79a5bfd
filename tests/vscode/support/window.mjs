// A VS Code window as a person sees it: palette, questions, messages, the Hedgerow view, the status bar. Every look waits
// until it finds what it is about.
import { Column } from "./column.mjs";
import { LIMIT_MS, until } from "./until.mjs";

export { until };

/** @typedef {import("playwright-core").Locator} Locator */

export class Window {
  constructor(/** @type {import("playwright-core").Page} */ page) {
    this.page = page;
    page.setDefaultTimeout(LIMIT_MS);
  }

  /** The open quick pick or input box. */
  get quickInput() {
    return this.page.locator(".quick-input-widget").filter({ visible: true });
  }

  get dialog() {
    return this.page.locator(".monaco-dialog-box");
  }

  status(/** @type {string | RegExp} */ text) {
    return this.page.locator(".statusbar-item").filter({ hasText: text });
  }

  /** A message in the corner. */
  message(/** @type {string | RegExp} */ text) {
    return this.page.locator(".notifications-toasts .notification-list-item").filter({ hasText: text });
  }

  /** Rows of the Hedgerow view, by a text in them. */
  row(/** @type {string | RegExp} */ text) {
    return this.page.locator(".sidebar .monaco-list-row").filter({ hasText: text });
  }

  /** Runs a command of the palette by its title. */
  async command(/** @type {string} */ title) {
    await this.page.keyboard.press("F1");
    const input = this.quickInput.locator("input[type=text]");
    await input.fill(`>${title}`);
    await this.pick(title);
  }

  /** The same, by keys alone. */
  async byKeys(/** @type {string} */ title) {
    await this.page.keyboard.press("F1");
    await this.quickInput.locator("input[type=text]").fill(`>${title}`);
    const first = this.quickInput.locator(".monaco-list-row.focused");
    await first.filter({ has: this.page.getByText(title, { exact: true }) }).waitFor();
    await this.page.keyboard.press("Enter");
  }

  /** The commands that the palette shows for a text, once this one is among them. */
  async offered(/** @type {string} */ text, /** @type {string} */ among) {
    await this.page.keyboard.press("F1");
    await this.quickInput.locator("input[type=text]").fill(`>${text}`);
    const titles = this.quickInput.locator(".monaco-list-row .label-name");
    await titles.filter({ hasText: among }).first().waitFor();
    const shown = await titles.allInnerTexts();
    await this.page.keyboard.press("Escape");
    await this.quickInput.waitFor({ state: "detached" });
    return shown;
  }

  async pick(/** @type {string} */ label) {
    const rows = this.quickInput.locator(".monaco-list-row");
    await rows
      .filter({ has: this.page.getByText(label, { exact: true }) })
      .first()
      .click();
  }

  /** Waits for the question whose prompt or placeholder has this text, and answers it. */
  async type(/** @type {string} */ question, /** @type {string} */ answer) {
    await this.asked(question);
    await this.quickInput.locator("input[type=text]").fill(answer);
    await this.page.keyboard.press("Enter");
  }

  /** Waits for the question that has this text in its title, placeholder or message. */
  async asked(/** @type {string} */ question) {
    const said = this.quickInput.filter({ hasText: question });
    const placeholder = this.quickInput.locator(`input[placeholder*="${question}"]`);
    await said.or(placeholder).first().waitFor();
  }

  async press(/** @type {Locator} */ where, /** @type {string} */ button) {
    await where.getByRole("button", { name: button, exact: true }).first().click();
  }

  /** Creates a worktree from the palette, from the usual start. */
  async create(/** @type {string} */ name) {
    await this.command("Hedgerow: Create Worktree");
    await this.type("Name of the worktree", name);
    await this.asked("Start from where?");
    await this.pick("The usual start");
  }

  /** Ticks one row of a list that takes several, and confirms. */
  async tick(/** @type {string} */ label) {
    const rows = this.quickInput.locator(".monaco-list-row");
    await rows.filter({ hasText: label }).first().click();
    await this.press(this.quickInput, "OK");
  }

  /** Clicks the bin that a row of the view shows under the pointer. */
  async cleanUpFromRow(/** @type {string} */ text) {
    const row = this.row(text);
    await row.hover();
    await row.getByRole("button", { name: "Clean Up" }).click();
  }

  /** Carries out a plan if one is shown before the condition holds. */
  async agreeIfAsked(/** @type {() => Promise<boolean>} */ condition, yes = "Carry Out") {
    await until(
      async () => (await this.dialog.isVisible()) || (await condition()),
      "the question or the outcome",
    );
    if (await this.dialog.isVisible()) await this.press(this.dialog, yes);
    await until(condition, "the outcome");
  }

  async dismissMessages() {
    await this.command("Notifications: Clear All Notifications");
    await this.message("").first().waitFor({ state: "detached" });
  }

  /** Rows of the view History. */
  entry(/** @type {string | RegExp} */ text) {
    const view = this.page
      .locator(".sidebar .pane")
      .filter({ has: this.page.locator("[aria-label*='History']") });
    return view.last().locator(".monaco-list-row").filter({ hasText: text });
  }

  /** Presses a button that a row shows under the pointer. */
  async pressInRow(/** @type {Locator} */ row, /** @type {string} */ button) {
    await row.hover();
    await row.getByRole("button", { name: button }).first().click();
  }

  column(/** @type {number} */ number) {
    return new Column(this.page, number);
  }

  /** Opens a file of the folder by its name. */
  async openFile(/** @type {string} */ name) {
    await this.page.keyboard.press("Control+P");
    await this.quickInput.locator("input[type=text]").fill(name);
    await this.quickInput.locator(".monaco-list-row").filter({ hasText: name }).first().waitFor();
    await this.page.keyboard.press("Enter");
    await this.page.locator(".tab.active").filter({ hasText: name }).waitFor();
  }

  /** Waits until what is shown under the pointer has this text. */
  async hovered(/** @type {Locator} */ where, /** @type {string} */ text) {
    const shown = this.page.locator(".monaco-hover, .workbench-hover-container").filter({ hasText: text });
    await until(async () => {
      await this.page.mouse.move(0, 0);
      await where.hover();
      return shown
        .first()
        .waitFor({ timeout: 2000 })
        .then(() => true)
        .catch(() => false);
    }, `the hover says ${text}`);
    await this.page.mouse.move(0, 0);
  }

  /** Opens the Hedgerow view. */
  async openView() {
    const icon = this.page.locator(".activitybar a.action-label[aria-label^='Hedgerow']");
    await icon.click({ force: true }); // a badge lies over it, and takes the click as well
    await this.page.mouse.move(640, 400); // so that no tooltip covers what is looked at
  }
}
