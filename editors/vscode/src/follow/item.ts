/** The status bar's word on following: on or paused, and one click for the other. Steady: edits change its hover only. */
import * as vscode from "vscode";
import { t } from "../l10n";

export type Following = "off" | "on" | "paused";

const LABEL_MOST = 24;

export class FollowItem implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem("hedgerow.follow", vscode.StatusBarAlignment.Left, 7);

  constructor() {
    this.#item.name = t("Hedgerow: Following");
  }

  draw(state: Following, label: string, latest: string | undefined): void {
    void vscode.commands.executeCommand("setContext", "hedgerow.follow", state);
    if (state === "off") {
      this.#item.hide();
      return;
    }
    const short = label.length > LABEL_MOST ? `${label.slice(0, LABEL_MOST - 1).trimEnd()}…` : label;
    const on = state === "on";
    this.#item.text = on
      ? `$(eye) ${t("Following {0}", short)}`
      : `$(debug-pause) ${t("Following {0}: paused", short)}`;
    const click = on ? t("Click to pause.") : t("Click to go on.");
    this.#item.tooltip = [t("Following {0}", label), latest, click].filter(Boolean).join("\n");
    const spoken = on
      ? t("Following {0}. Press to pause.", label)
      : t("Following {0} is paused. Press to go on.", label);
    this.#item.accessibilityInformation = { label: spoken, role: "button" };
    this.#item.command = `hedgerow.client.${on ? "pauseFollowing" : "resumeFollowing"}`;
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
