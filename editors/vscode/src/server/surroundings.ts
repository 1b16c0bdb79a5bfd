/**
 * What of the window the server goes by: its folders, whether they are trusted, and the settings. Owns that the server
 * hears of it when one of them changes, and the context key `hedgerow.server`; starts it where there is a folder for it.
 */
import * as vscode from "vscode";
import type { Server } from "./server";

export class Surroundings implements vscode.Disposable {
  readonly #listening: vscode.Disposable[];

  /** @param told the server goes by something else from now on */
  constructor(
    private readonly server: Server,
    private readonly told: () => unknown,
  ) {
    this.#listening = [
      server.onLife((life) => {
        void vscode.commands.executeCommand("setContext", "hedgerow.server", life);
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#tell()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => server.restart()), // trusted folders are told at the start
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("hedgerow.server")) void server.restart();
        else if (change.affectsConfiguration("hedgerow")) void this.#tell();
      }),
    ];
  }

  /** Without a folder on this machine the first command starts it. */
  async begin(): Promise<void> {
    const folders = vscode.workspace.workspaceFolders ?? [];
    if (folders.some(({ uri }) => uri.scheme === "file")) await this.server.start();
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
  }

  async #tell(): Promise<void> {
    await this.server.sendOptions();
    if (this.server.life === "running") await this.told();
  }
}
