/** Sends the comments of a checkout as one prompt: shows it first, gives it to a session, or to the person to copy. */
import * as vscode from "vscode";
import type { Pages } from "../commands/pages";
import type { SendCommentsResult } from "../protocol.generated";
import type { List } from "../rows/list";
import { refusal } from "../server/refusal";
import { NoServer, type Server } from "../server/server";
import type { Reviews } from "./reviews";
import { draftsOf } from "./words";

/** Lines of a prompt that a question has room for; a longer one is shown in an editor behind it. */
const LINES_SHOWN = 25;

export class Sending {
  constructor(
    private readonly server: Server,
    private readonly list: List,
    private readonly pages: Pages,
    private readonly reviews: Reviews,
  ) {}

  async send(checkout: string): Promise<void> {
    const named = this.reviews.named(checkout);
    try {
      const drafted = await this.server.request("sendComments", named);
      if (drafted.comments.length === 0) {
        void vscode.window.showInformationMessage(drafted.message);
        return;
      }
      const answer = await this.#ask(checkout, drafted);
      if (answer === undefined) return;
      const comments = drafted.comments.map(({ id }) => id); // what was shown, and nothing that came since
      const result = await this.server.request("sendComments", { ...named, comments, ...answer });
      if (answer.delivered === true) await vscode.env.clipboard.writeText(drafted.prompt);
      const told =
        answer.delivered === true ? vscode.l10n.t("The prompt is in the clipboard.") : result.message;
      void vscode.window.showInformationMessage(told);
    } catch (error) {
      if (!(error instanceof NoServer)) void vscode.window.showWarningMessage(refusal(error).message);
    }
  }

  /** Where it is to go; undefined when the person leaves it. */
  async #ask(
    checkout: string,
    { prompt, comments }: SendCommentsResult,
  ): Promise<{ delivered?: true; deliver?: true; session?: string } | undefined> {
    const sessions = this.list.sessions.filter((one) => one.checkout === checkout && one.host !== "nothing");
    const lines = prompt.trimEnd().split("\n");
    const isLong = lines.length > LINES_SHOWN;
    if (isLong) await this.pages.show(`${vscode.l10n.t("Comments")}.md`, prompt);
    const [only] = sessions;
    const send =
      only === undefined
        ? undefined
        : sessions.length === 1
          ? sendTo(only.label)
          : vscode.l10n.t("Send to …");
    const copy = vscode.l10n.t("Copy Instead");
    const detail = isLong
      ? vscode.l10n.t("{0} lines; they are shown in the editor behind this.", lines.length)
      : prompt.trimEnd();
    const none = only === undefined ? `${vscode.l10n.t("No session runs there now.")}\n\n` : "";
    const chosen = await vscode.window.showInformationMessage(
      draftsOf(comments.length),
      { modal: true, detail: `${none}${detail}` },
      ...(send === undefined ? [] : [send]),
      copy,
    );
    if (chosen === copy) return { delivered: true };
    if (chosen === undefined || only === undefined) return undefined;
    if (sessions.length === 1) return { deliver: true, session: only.id };
    const choices = sessions.map(({ id, label, agent }) => ({ label, description: agent, id }));
    const picked = await vscode.window.showQuickPick(choices, { title: vscode.l10n.t("Send Comments") });
    return picked && { deliver: true, session: picked.id };
  }
}

function sendTo(label: string): string {
  return vscode.l10n.t("Send to {0}", label);
}
