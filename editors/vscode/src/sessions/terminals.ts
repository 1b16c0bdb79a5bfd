/**
 * Terminals of this window in which agents are: one for each session, found again when it is asked for again. What runs
 * in them is what the server said.
 */
import * as vscode from "vscode";
import type { Launch, SessionRow } from "../protocol.generated";
import { labelOf } from "../rows/sessionWords";

export class Terminals implements vscode.Disposable {
  readonly #open = new Map<string, vscode.Terminal>();
  readonly #closing = vscode.window.onDidCloseTerminal((closed) => {
    for (const [id, terminal] of this.#open) if (terminal === closed) this.#open.delete(id);
  });

  /** Shows the terminal that there is; false when there is none. */
  show(session: string, preserveFocus = false): boolean {
    const terminal = this.#open.get(session);
    if (terminal?.exitStatus !== undefined) this.#open.delete(session);
    if (terminal === undefined || terminal.exitStatus !== undefined) return false;
    terminal.show(preserveFocus);
    return true;
  }

  /** Whether the terminal of a session is the one that the person was in last. (Nothing tells whether it is seen.) */
  isActive(session: string): boolean {
    const terminal = this.#open.get(session);
    return terminal !== undefined && vscode.window.activeTerminal === terminal && vscode.window.state.focused;
  }

  /**
   * Runs what shows an agent, or the agent itself where nothing else hosts it.
   *
   * @param view it is only a view of an agent that lives elsewhere: nothing to be brought back after a reload
   */
  run(session: SessionRow, launch: Launch, view: boolean): void {
    const [shellPath, ...shellArgs] = launch.argv;
    if (shellPath === undefined) return;
    const terminal = vscode.window.createTerminal({
      name: labelOf(session),
      shellPath,
      shellArgs,
      cwd: launch.cwd,
      env: launch.env as Record<string, string>,
      iconPath: new vscode.ThemeIcon("robot"),
      isTransient: view,
    });
    this.#open.set(session.id, terminal);
    terminal.show();
  }

  dispose(): void {
    this.#closing.dispose();
    this.#open.clear();
  }
}
