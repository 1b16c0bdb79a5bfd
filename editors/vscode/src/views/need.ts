/** The status bar item that says how many sessions need the person; a click goes to the most urgent one. */
import * as vscode from "vscode";
import { t } from "../l10n";
import type { List } from "../rows/list";
import { urgent } from "../rows/order";
import { labelOf, needs, phaseWord } from "../rows/sessionWords";

const NAMED = 8;

export class NeedItem implements vscode.Disposable {
  // To the right of the others: what comes and goes here moves none of them.
  readonly #item = vscode.window.createStatusBarItem("hedgerow.need", vscode.StatusBarAlignment.Left, 8);

  constructor(private readonly list: List) {
    this.#item.name = t("Hedgerow: who needs you");
    this.#item.command = "hedgerow.client.next";
  }

  draw(): void {
    const rows = urgent(this.list.sessions);
    const [first] = rows;
    if (first === undefined) {
      this.#item.hide();
      return;
    }
    const waiting = rows.filter(({ phase }) => phase === "waiting").length;
    const failed = rows.some(({ phase }) => phase === "failed");
    const icon = waiting > 0 ? "bell-dot" : failed ? "error" : "pass";
    // A figure space keeps the width from one to ninety-nine.
    this.#item.text = `$(${icon}) ${String(rows.length).padStart(2, "\u2007")}`;
    this.#item.backgroundColor =
      waiting > 0 ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    const lines = rows
      .slice(0, NAMED)
      .map((row) => `${labelOf(row)}: ${row.question?.text ?? phaseWord(row.phase)}`);
    const more = rows.length > NAMED ? [t("and {0} more", rows.length - NAMED)] : [];
    const summary = needs(this.list.sessions);
    this.#item.tooltip = [summary, "", ...lines, ...more].join("\n");
    this.#item.accessibilityInformation = {
      label: t("Hedgerow sessions: {0}. The most urgent: {1}", summary, lines[0] ?? ""),
      role: "button",
    };
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
