// One of the columns that editors stand in: its tabs, its lines, and what is drawn around them.
import { until } from "./until.mjs";

/** One of the columns that editors stand in, from the left. */
export class Column {
  constructor(/** @type {import("playwright-core").Page} */ page, /** @type {number} */ number) {
    this.page = page;
    this.group = page.locator(".editor-group-container").nth(number - 1);
  }

  tab(/** @type {string} */ name) {
    return this.group.locator(".tab").filter({ hasText: name });
  }

  async tabs() {
    const names = this.group
      .locator(".tab")
      .evaluateAll((all) => all.map((tab) => tab.getAttribute("data-resource-name")));
    return (await names).map((name) => name ?? "");
  }

  /** A line in sight that has this text. */
  line(/** @type {string} */ text) {
    const spaced = text.replaceAll(" ", "\u00a0"); // an editor draws spaces that do not break
    return this.group
      .locator(".view-line")
      .filter({ hasText: new RegExp(`${literal(text)}|${literal(spaced)}`) })
      .first();
  }

  /** How many lines in sight have a background of an extension's. */
  marked() {
    return this.group.locator(".view-overlays .cdr[class*='ced-']").count();
  }

  /** The background of the first of them. */
  async markColour() {
    const mark = this.group.locator(".view-overlays .cdr[class*='ced-']").first();
    return mark.evaluate((element) => getComputedStyle(element).backgroundColor);
  }

  /** What extensions say behind lines in sight. */
  async hints() {
    const spans = this.group.locator(".view-line span span");
    const told = await spans.evaluateAll((all) =>
      all.map((span) => getComputedStyle(span, "::after").content),
    );
    return told.map((text) => text.slice(1, -1)).filter((text) => text !== "" && text !== "on");
  }

  /** Waits until nothing has moved for longer than an editor takes to lay itself out. */
  async settled() {
    const first = this.group.locator(".view-line").first();
    let before = "";
    let since = Date.now();
    await until(async () => {
      const now = `${await first.getAttribute("style")}${await first.innerText()}`;
      if (now !== before) since = Date.now();
      before = now;
      return Date.now() - since > 600;
    }, "the editor is at rest");
  }
}

function literal(/** @type {string} */ text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
