/**
 * Tells the person that a session has started to wait, is done, or failed: each once, however many windows are open (the
 * server sees to that). Which of them, the setting `hedgerow.sessions.notifications` says.
 */
import * as vscode from "vscode";
import { t } from "../l10n";
import type { Attention, SessionRow } from "../protocol.generated";
import type { SessionNode } from "../rows/node";
import type { Answering } from "./answering";
import type { Terminals } from "./terminals";

interface Way {
  title: string;
  run: () => unknown;
}

export class AttentionMessages {
  constructor(
    private readonly answering: Answering,
    private readonly terminals: Terminals,
    private readonly goTo: (session: SessionRow) => Promise<void>,
    private readonly nodeOf: (session: SessionRow) => SessionNode | undefined,
  ) {}

  async told({ session, message }: Attention): Promise<void> {
    const wanted = vscode.workspace.getConfiguration("hedgerow").get<string>("sessions.notifications", "all");
    if (wanted === "off" || (wanted === "waiting" && session.phase !== "waiting")) return;
    // Whoever talks with it in its terminal sees each turn end.
    if (session.phase === "done" && this.terminals.isActive(session.id)) return;
    const go = { title: t("Show"), run: () => this.goTo(session) };
    const ways: Way[] = [
      ...(session.phase === "waiting" ? this.#answers(session) : []),
      ...(session.phase === "done" ? this.#review(session) : []),
      go,
    ];
    const show =
      session.phase === "failed"
        ? vscode.window.showErrorMessage
        : session.phase === "waiting"
          ? vscode.window.showWarningMessage
          : vscode.window.showInformationMessage;
    const chosen = await show(message, ...ways.map(({ title }) => title));
    await ways.find(({ title }) => title === chosen)?.run();
  }

  /** What it did, where it works in a checkout. */
  #review(session: SessionRow): Way[] {
    const node = this.nodeOf(session);
    if (node?.checkout === undefined) return [];
    return [
      { title: t("Review"), run: () => vscode.commands.executeCommand("hedgerow.client.review", node) },
    ];
  }

  #answers(session: SessionRow): Way[] {
    const quick = this.answering.quick(session);
    return quick.length > 0 ? quick : [{ title: t("Answer…"), run: () => this.answering.ask(session) }];
  }
}
