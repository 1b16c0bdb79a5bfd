/**
 * Asks the person what a session asks. Approves nothing that was not shown whole; an answer goes with the id of the
 * question that was shown, so that it can be no answer to another.
 */
import * as vscode from "vscode";
import type { Pages } from "../commands/pages";
import type { Runner } from "../commands/runner";
import { t } from "../l10n";
import type { AnswerParams, Question, SessionRow } from "../protocol.generated";
import type { List } from "../rows/list";
import { atAGlance, labelOf, MESSAGE_GLANCE, ROW_GLANCE } from "../rows/sessionWords";

type Given = Pick<AnswerParams, "decision" | "options" | "text">;

const LINES_SHOWN = 24;
/** A row whose question has just come in was not read before it was clicked. In milliseconds. */
const UNREAD_MS = 600;

export class Answering {
  /** When each question was first shown here. */
  readonly #shown = new Map<string, number>();

  constructor(
    private readonly list: List,
    private readonly runner: Runner,
    private readonly pages: Pages,
    private readonly attach: (session: SessionRow) => Promise<void>,
  ) {}

  /** To be called when the list is drawn. */
  noteShown(): void {
    const asked = new Set<string>();
    for (const { id, question } of this.list.sessions) {
      if (question == null) continue;
      const key = `${id} ${question.id}`;
      asked.add(key);
      if (!this.#shown.has(key)) this.#shown.set(key, Date.now());
    }
    for (const key of this.#shown.keys()) if (!asked.has(key)) this.#shown.delete(key);
  }

  /** Asks, whole, and sends the answer. */
  async ask(session: SessionRow): Promise<void> {
    const row = this.list.session(session.id) ?? session;
    const question = row.question;
    if (row.phase !== "waiting" || question == null) {
      // The server says why there is nothing to answer, also of a session that has gone.
      await this.#send(row, undefined, {});
      return;
    }
    const given = await this.#given(row, question);
    if (given !== undefined) await this.#send(row, question, given);
  }

  /** Approves or denies from a row; what the row cannot show whole is asked about first. */
  async decide(session: SessionRow, decision: "approve" | "deny"): Promise<void> {
    const row = this.list.session(session.id) ?? session;
    const question = row.question;
    const shown = question == null ? undefined : this.#shown.get(`${row.id} ${question.id}`);
    const read = shown !== undefined && Date.now() - shown >= UNREAD_MS;
    if (question == null || (decision === "approve" && !(read && atAGlance(question, ROW_GLANCE))))
      await this.ask(row);
    else await this.#send(row, question, { decision });
  }

  /** The answers that fit onto buttons of a message, and what each sends. */
  quick(row: SessionRow): { title: string; run: () => Promise<void> }[] {
    const question = row.question;
    if (question?.answerable !== true) return [];
    const send = (given: Given) => () => this.#send(row, question, given);
    if (question.kind === "approval" && atAGlance(question, MESSAGE_GLANCE)) {
      return [
        { title: t("Approve"), run: send({ decision: "approve" }) },
        { title: t("Deny"), run: send({ decision: "deny" }) },
      ];
    }
    if (question.kind !== "choice" || question.several || question.options.length > 3) return [];
    return question.options.map(({ label }) => ({ title: label, run: send({ options: [label] }) }));
  }

  async #send(row: SessionRow, question: Question | undefined, given: Given): Promise<void> {
    const params = { session: row.id, question: question?.id ?? null, ...given };
    const result = await this.runner.answer("answer", t("Answer"), params);
    if (result !== undefined) vscode.window.setStatusBarMessage(`$(check) ${result.message}`, 5000);
  }

  async #given(row: SessionRow, question: Question): Promise<Given | undefined> {
    if (!question.answerable || question.kind === "dialog") return this.#elsewhere(row, question);
    if (question.kind === "approval") return this.#approval(row, question);
    const gone = this.#gone(row, question);
    try {
      return question.kind === "choice"
        ? await choice(row, question, gone.token)
        : await words(row, question, gone.token);
    } finally {
      gone.dispose();
    }
  }

  async #approval(row: SessionRow, question: Question): Promise<Given | undefined> {
    const lines = (question.command ?? "").trimEnd().split("\n");
    const short = lines.length <= LINES_SHOWN;
    // Nothing is allowed unseen: what is too long for the question is open behind it, whole.
    if (!short) await this.pages.show(`${row.label}.txt`, question.command ?? "");
    const detail = [
      short
        ? (question.command ?? "")
        : t("{0} lines; they are shown in the editor behind this.", lines.length),
      question.paths.join("\n"),
    ]
      .filter((part) => part !== "")
      .join("\n\n");
    // The first button is the one that Enter presses, and nothing is approved by a key pressed once too often.
    const deny = t("Deny");
    const approve = t("Approve");
    const why = t("Deny and Say Why…");
    const options = { modal: true, detail };
    const answer = await vscode.window.showWarningMessage(asks(row, question), options, deny, approve, why);
    if (answer === approve) return { decision: "approve" };
    if (answer === deny) return { decision: "deny" };
    if (answer !== why) return undefined;
    const text = await vscode.window.showInputBox({ title: question.text, prompt: t("Why not?") });
    if (text === undefined) return undefined;
    return text.trim() === "" ? { decision: "deny" } : { decision: "deny", text: text.trim() };
  }

  async #elsewhere(row: SessionRow, question: Question): Promise<undefined> {
    const open = t("Open Terminal");
    const detail = [
      question.command ?? "",
      t("Only you answer this, {0}.", question.where ?? t("in its terminal")),
    ];
    const options = { modal: true, detail: detail.filter((part) => part !== "").join("\n\n") };
    const buttons = row.host === "tmux" || row.host === "editor" ? [open] : [];
    const answer = await vscode.window.showInformationMessage(asks(row, question), options, ...buttons);
    if (answer === open) await this.attach(row);
    return undefined;
  }

  /** Takes a quick pick away when what it is about is asked no longer. */
  #gone(row: SessionRow, question: Question): { token: vscode.CancellationToken; dispose(): void } {
    const source = new vscode.CancellationTokenSource();
    const stop = this.list.onChange(() => {
      if (this.list.session(row.id)?.question?.id === question.id) return;
      source.cancel();
      vscode.window.setStatusBarMessage(t("{0} asks this no longer.", row.label), 5000);
    });
    const dispose = () => {
      stop();
      source.dispose();
    };
    return { token: source.token, dispose };
  }
}

/** A question is worded to follow the name of who asks. */
function asks(row: SessionRow, question: Question): string {
  return `${labelOf(row)} ${question.text}`;
}

async function words(
  row: SessionRow,
  question: Question,
  token: vscode.CancellationToken,
): Promise<Given | undefined> {
  const options = { title: row.label, prompt: question.text, ignoreFocusOut: true };
  const text = await vscode.window.showInputBox(options, token);
  return text === undefined || text.trim() === "" ? undefined : { text: text.trim() };
}

async function choice(
  row: SessionRow,
  question: Question,
  token: vscode.CancellationToken,
): Promise<Given | undefined> {
  const other = { label: t("Something else…"), description: t("a reply in words") };
  const items: vscode.QuickPickItem[] = [
    ...question.options.map(({ label, description }) => ({ label, detail: description })),
    other,
  ];
  const options = { title: row.label, placeHolder: question.text, ignoreFocusOut: true };
  const picked = question.several
    ? await vscode.window.showQuickPick(items, { ...options, canPickMany: true }, token)
    : [await vscode.window.showQuickPick(items, options, token)].filter((item) => item !== undefined);
  if (picked === undefined || picked.length === 0) return undefined;
  return picked.includes(other) ? words(row, question, token) : { options: picked.map(({ label }) => label) };
}
