/** The status bar item: whether there is a server and how it is. */
import * as vscode from "vscode";
import { t } from "../l10n";
import type { ServerStatus } from "../protocol.generated";
import type { Life, Server } from "../server/server";

export class StatusItem implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem("hedgerow.status", vscode.StatusBarAlignment.Left, 10);
  readonly #listening: vscode.Disposable[];
  #status: ServerStatus | undefined;

  constructor(private readonly server: Server) {
    this.#item.name = "Hedgerow";
    this.#listening = [
      server.onLife((life) => {
        if (life !== "running") this.#status = undefined;
        this.#draw();
      }),
      server.onStatus((status) => {
        this.#status = status;
        this.#draw();
      }),
    ];
    this.#draw();
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
    this.#item.dispose();
  }

  #draw(): void {
    const { text, tooltip, command, health } = look(this.server.life, this.#status);
    this.#item.text = text;
    this.#item.tooltip = tooltip;
    this.#item.command = command;
    this.#item.backgroundColor =
      health === "ok" ? undefined : new vscode.ThemeColor(`statusBarItem.${health}Background`);
    if (this.server.life === "off") this.#item.hide();
    else this.#item.show();
  }
}

interface Look {
  text: string;
  tooltip: string;
  command: string;
  health: "ok" | "warning" | "error";
}

function look(life: Life, status: ServerStatus | undefined): Look {
  switch (life) {
    case "off":
    case "starting":
      return {
        text: "$(sync~spin) Hedgerow",
        tooltip: t("Hedgerow's server is starting"),
        command: "hedgerow.client.showLog",
        health: "ok",
      };
    case "missing":
      return {
        text: `$(warning) ${t("Hedgerow: no server")}`,
        tooltip: t("Hedgerow's server was not found. Click to look for it again."),
        command: "hedgerow.client.restart",
        health: "warning",
      };
    case "stopped":
      return {
        text: `$(error) ${t("Hedgerow: stopped")}`,
        tooltip: t("Hedgerow's server stopped. Click to start it."),
        command: "hedgerow.client.restart",
        health: "error",
      };
    case "running": {
      const health = status?.health === "warning" || status?.health === "error" ? status.health : "ok";
      const icon = health !== "ok" ? health : status?.quiescent === false ? "sync~spin" : "list-tree";
      return {
        text: `$(${icon}) Hedgerow`,
        tooltip: status?.message ?? "Hedgerow",
        command: health === "ok" ? "hedgerow.worktrees.focus" : "hedgerow.client.showLog",
        health,
      };
    }
  }
}
