/**
 * Asking the server for the list, and when: as soon as it runs, and whenever what was told is not all. Owns the context
 * key `hedgerow.listed`; how answer and notifications become one list is the list's.
 */
import * as vscode from "vscode";
import { Appearing } from "../server/appearing";
import { refusal } from "../server/refusal";
import { type Life, NoServer, type Server } from "../server/server";
import type { List } from "./list";

/** What became of asking for the list. */
export type Listed = "yes" | "no repository" | "failed";

export class Reading implements vscode.Disposable {
  readonly #appearing = new Appearing(() => void this.again());
  readonly #listening: vscode.Disposable[];

  constructor(
    private readonly server: Server,
    private readonly list: List,
  ) {
    this.#listening = [
      server.onLife((life) => {
        this.#lives(life);
      }),
      server.onListChanged((change) => {
        if (!list.apply(change)) void this.again();
      }),
      // Nothing of a folder that is not trusted is watched: look again when the person does.
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused && list.repositories.some(({ trusted }) => !trusted)) void this.again();
      }),
    ];
  }

  dispose(): void {
    this.#appearing.dispose();
    for (const listening of this.#listening) listening.dispose();
  }

  /** Asks anew. What went wrong has been told to the person when this ends. */
  async again(): Promise<Listed> {
    const listed = await this.#read();
    if (this.server.life === "running") tell(listed);
    this.#appearing.watch(listed === "no repository");
    return listed;
  }

  async #read(): Promise<Listed> {
    try {
      while (!(await this.list.take(this.server.request("list", {}))));
      return this.list.repositories.length > 0 ? "yes" : "no repository";
    } catch (error) {
      this.list.clear();
      if (error instanceof NoServer || this.server.life !== "running") return "failed"; // told where it was found out
      const { message, code } = refusal(error);
      if (code === "notARepository") return "no repository";
      void vscode.window.showErrorMessage(message);
      return "failed";
    }
  }

  #lives(life: Life): void {
    if (life === "running") {
      void this.again();
    } else {
      this.list.clear();
      tell("not yet");
    }
  }
}

function tell(listed: Listed | "not yet"): void {
  void vscode.commands.executeCommand("setContext", "hedgerow.listed", listed);
}
