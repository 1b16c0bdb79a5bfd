/**
 * The verbs about sessions: what each still needs from the person, and how its outcome is told. Decides nothing about
 * sessions: what the server refuses, the server explains.
 */
import * as vscode from "vscode";
import type { Pages } from "../commands/pages";
import type { Palette } from "../commands/palette";
import type { Target } from "../commands/prompts";
import type { NextStep, Runner } from "../commands/runner";
import { t } from "../l10n";
import type { ChangeResult, SessionRow, StartResult, Verb } from "../protocol.generated";
import type { List } from "../rows/list";
import { withoutShell } from "../rows/sessionWords";
import type { Server } from "../server/server";
import type { Answering } from "./answering";
import { chooseSession, pickSession } from "./choosing";
import { askPrompt, askToStart } from "./starting";
import type { Terminals } from "./terminals";

type About = (session: SessionRow, title: string) => Promise<void>;

export class Verbs {
  answering: Answering | undefined;

  constructor(
    private readonly server: Server,
    private readonly list: List,
    private readonly runner: Runner,
    private readonly pages: Pages,
    private readonly terminals: Terminals,
  ) {}

  /** Takes over these verbs of the palette. */
  register(palette: Palette): void {
    const about = (verb: Verb, run: About) => {
      palette.own(verb, async (target, title) => {
        const session = await chooseSession(this.list, verb, title, target);
        if (session !== undefined) await run(session, title);
      });
    };
    palette.own("start", (target, title) => this.#start(target, title));
    about("answer", async (session) => this.answering?.ask(session));
    about("attach", (session, title) => this.attach(session, title));
    about("send", (session, title) => this.#send(session, title));
    about("stop", (session, title) => this.#stop(session, title));
    about("resume", (session, title) => this.#resume(session, title));
    about("fork", (session, title) => this.#fork(session, title));
    about("pin", (session, title) => this.#pin(session, title, !session.pinned));
    about("archive", (session, title) => this.runner.change("archive", title, { session: session.id }));
    about("markSeen", (session) => this.seen(session));
    about("logs", async (session, title) => {
      const result = await this.runner.answer("logs", title, { session: session.id });
      if (result !== undefined) await this.pages.show(`${session.label}.log`, result.text);
    });
    for (const verb of ["start", "resume", "fork"] as const) {
      this.runner.after(verb, (result) => this.#started(result as StartResult));
    }
    this.runner.after("archive", (result) => this.#archived(result as StartResult));
  }

  async attach(session: SessionRow, title = t("Attach to Session")): Promise<void> {
    if (this.terminals.show(session.id)) return;
    const result = await this.runner.answer("attach", title, { session: session.id });
    if (result !== undefined) this.terminals.run(result.session, result.launch, true);
  }

  /** Says that the person has looked at what a session did; not worth a message. */
  async seen(session: SessionRow): Promise<void> {
    await this.runner.answer("markSeen", t("Mark Seen"), { session: session.id });
  }

  /** Gives a session another label; its directory stays where it is. */
  async rename(target: Target, title: string): Promise<void> {
    const session = await chooseSession(this.list, "rename", title, target);
    if (session === undefined) return;
    const prompt = t("What do you want to call it?");
    const label = (await vscode.window.showInputBox({ title, prompt, value: session.label }))?.trim();
    if (label === undefined || label === "" || label === session.label) return;
    const rename = (to: string) => this.runner.answer("rename", title, { checkout: session.id, label: to });
    const result = await rename(label);
    if (result !== undefined) tell(result.message, { title: t("Undo"), run: () => rename(session.label) });
  }

  /** Brings a session that was archived back into the list. */
  async bringBack(target: Target, title: string): Promise<void> {
    const repository = target.repository ?? null;
    const all = await this.runner.answer("list", title, { repository, past: true });
    const archived = all?.sessions.filter((row) => row.archived) ?? [];
    if (all === undefined) return;
    if (archived.length === 0) {
      void vscode.window.showInformationMessage(t("No session is archived here."));
      return;
    }
    const session = await pickSession(this.list, archived, title);
    if (session !== undefined) {
      await this.runner.change("archive", title, { session: session.id, archived: false });
    }
  }

  async #start(target: Target, title: string): Promise<void> {
    const params = await askToStart(this.server, this.list, title, target);
    if (params !== undefined) await this.runner.change("start", title, params);
  }

  async #send(session: SessionRow, title: string): Promise<void> {
    const text = await askPrompt(title, t("Prompt for {0}", session.label));
    if (text === undefined || text === "") return;
    const result = await this.runner.answer("send", title, { session: session.id, text });
    if (result !== undefined) vscode.window.setStatusBarMessage(`$(check) ${result.message}`, 5000);
  }

  async #stop(session: SessionRow, title: string): Promise<void> {
    const inTurn = session.phase === "working" || session.phase === "waiting";
    if (inTurn) {
      const stop = t("Stop It");
      const detail = t("The conversation stays and can be resumed.");
      const question = t("{0} is in the middle of a turn.", session.label);
      const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, stop);
      if (answer !== stop) return;
    }
    const result = await this.runner.answer("stop", title, { session: session.id, interrupt: inTurn });
    if (result === undefined) return;
    const again = () => this.runner.change("resume", t("Resume Session"), { session: session.id });
    const resumable = result.session.phase === "parked";
    tell(result.message, ...(resumable ? [{ title: t("Resume"), run: again }] : []));
  }

  async #resume(session: SessionRow, title: string): Promise<void> {
    const prompt = await askPrompt(title, t("A prompt to go on with; leave it empty for none"));
    if (prompt === undefined) return;
    await this.runner.change("resume", title, {
      session: session.id,
      ...(prompt === "" ? {} : { prompt }),
    });
  }

  async #fork(session: SessionRow, title: string): Promise<void> {
    const prompt = await askPrompt(title, t("What is the copy to do? It works in a worktree of its own."));
    if (prompt === undefined) return;
    await this.runner.change("fork", title, { session: session.id, ...(prompt === "" ? {} : { prompt }) });
  }

  async #pin(session: SessionRow, title: string, pinned: boolean): Promise<void> {
    const result = await this.runner.answer("pin", title, { session: session.id, pinned });
    if (result === undefined) return;
    tell(result.message, { title: t("Undo"), run: () => this.#pin(session, title, !pinned) });
  }

  /** What nothing else hosts runs in a terminal here. */
  #started({ session, launch }: StartResult): NextStep[] {
    if (session == null) return [];
    if (launch != null) {
      this.terminals.run(session, launch, false);
      return [];
    }
    return [{ title: t("Open Terminal"), run: () => this.attach(session) }];
  }

  /** An operation (a worktree was cleaned up) has its own Undo; what is only put away is brought back by its verb. */
  #archived({ session, operation }: StartResult & ChangeResult): NextStep[] {
    if (session?.archived !== true || operation != null) return [];
    const params = { session: session.id, archived: false };
    return [{ title: t("Undo"), run: () => this.runner.change("archive", t("Archive Session"), params) }];
  }
}

/** Says what was done, with what may be wanted next. Not awaited: a message may stay unread. */
function tell(message: string, ...steps: NextStep[]): void {
  void vscode.window
    .showInformationMessage(withoutShell(message), ...steps.map(({ title }) => title))
    .then((chosen) => steps.find(({ title }) => title === chosen)?.run());
}
