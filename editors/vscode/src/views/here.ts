/** The status bar item that names the worktree which the file in front is in; a click opens its menu. */
import * as vscode from "vscode";
import { t } from "../l10n";
import type { CheckoutRow } from "../protocol.generated";
import type { List } from "../rows/list";
import { clipped } from "../rows/sessionWords";
import { describe } from "../rows/words";

const LABEL_MOST = 24;

/** The checkout of the file in front; without one, that of the only folder. */
export function hereOf(list: List): CheckoutRow | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme === "file") return list.holding(uri.fsPath);
  const folders = vscode.workspace.workspaceFolders ?? [];
  const only = folders.length === 1 ? folders[0]?.uri : undefined;
  return only?.scheme === "file" ? list.holding(only.fsPath) : undefined;
}

export class HereItem implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem("hedgerow.here", vscode.StatusBarAlignment.Left, 9);
  readonly #listening = vscode.window.onDidChangeActiveTextEditor(() => {
    this.draw();
  });

  constructor(private readonly list: List) {
    this.#item.name = t("Hedgerow: the worktree of this file");
    this.#item.command = "hedgerow.client.worktreeMenu";
  }

  draw(): void {
    const here = hereOf(this.list);
    if (here === undefined) {
      this.#item.hide();
      return;
    }
    const icon = here.kind === "local" ? "home" : "list-tree";
    this.#item.text = `$(${icon}) ${clipped(here.label, LABEL_MOST)}`;
    this.#item.tooltip = [here.label, describe(here), here.path].join("\n");
    this.#item.accessibilityInformation = {
      label: t("This file is in {0}", here.label),
      role: "button",
    };
    this.#item.show();
  }

  dispose(): void {
    this.#listening.dispose();
    this.#item.dispose();
  }
}
