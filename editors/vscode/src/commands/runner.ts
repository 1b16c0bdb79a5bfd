/**
 * Carries one command from the person to the server and back: progress that can be cancelled, the plan's question,
 * the outcome with Undo. Owns how an outcome is told; decides nothing about worktrees.
 */
import * as vscode from "vscode";
import { t } from "../l10n";
import type { Pages } from "./pages";
import type { ChangeResult, Commands, Verb } from "../protocol.generated";
import { type Agreement, ask } from "./question";
import { withoutShell } from "../rows/sessionWords";
import { refusal } from "../server/refusal";
import { NoServer, type Progress, type Server } from "../server/server";

/** How long a command may take before it says that it is at work, in milliseconds: shorter ones would only flash. */
const PROGRESS_AFTER_MS = 400;

export interface NextStep {
  title: string;
  run: () => Thenable<unknown>;
}

/** What a room has to offer after a verb was carried out, as buttons of the message. */
export type Next = (result: ChangeResult) => NextStep[];

export class Runner {
  readonly #next = new Map<Verb, Next>();

  constructor(
    private readonly server: Server,
    private readonly pages: Pages,
  ) {}

  /** To be called after each such verb, when it has been carried out. */
  after(verb: Verb, next: Next): void {
    this.#next.set(verb, next);
  }

  /**
   * The answer of a verb; undefined when it was refused or cancelled, which the person has been told.
   *
   * @param again what to offer when the plan that was agreed to is no longer true
   */
  async answer<V extends Verb>(
    verb: V,
    title: string,
    params: Commands[V]["params"],
    again?: () => Promise<void>,
  ): Promise<Commands[V]["result"] | undefined> {
    try {
      return await this.#request(verb, title, params);
    } catch (error) {
      const { message: told, code } = refusal(error);
      const message = withoutShell(told);
      if (error instanceof NoServer || code === "cancelled") return undefined;
      this.server.log.error(`${verb}: ${message}`);
      const choices: NextStep[] = [
        ...(code === "stalePlan" && again !== undefined ? [{ title: t("Plan Again"), run: again }] : []),
        { title: t("Show Log"), run: () => vscode.commands.executeCommand("hedgerow.client.showLog") },
      ];
      // Not awaited: a message may stay unread, and the command is over.
      void vscode.window
        .showErrorMessage(message, ...choices.map((choice) => choice.title))
        .then((chosen) => choices.find((choice) => choice.title === chosen)?.run());
      return undefined;
    }
  }

  /**
   * Runs a verb that changes something: asks its plan's question where there is one, then tells what was done.
   *
   * @param agreed the token of a plan and what else was agreed to with it
   */
  async change<V extends ChangeVerb>(
    verb: V,
    title: string,
    params: Commands[V]["params"],
    agreed: Agreement & { token?: string } = {},
  ): Promise<void> {
    const again = () => this.change(verb, title, params);
    const result: ChangeResult | undefined = await this.answer(verb, title, { ...params, ...agreed }, again);
    if (result === undefined) return;
    const plan = result.plan;
    if (plan != null && result.operation == null && (plan.needsAgreement || plan.conflicts.length > 0)) {
      const agreement = await ask(plan, this.pages);
      if (agreement !== undefined)
        await this.change(verb, title, params, { ...agreement, token: plan.token });
      return;
    }
    void this.#tell(verb, result, params.repository ?? null);
  }

  async #tell(verb: Verb, result: ChangeResult, repository: string | null): Promise<void> {
    const own = this.#next.get(verb)?.(result) ?? [];
    const choices = [...own, ...this.#nextSteps(verb, result, repository)];
    const stays = result.kept.map(({ name, reason }) => t("{0} stays: {1}", name, reason));
    const text = [withoutShell(result.message), ...result.warnings, ...stays].map(withoutStop).join(". ");
    const titles = choices.map(({ title }) => title);
    const chosen =
      result.warnings.length > 0
        ? await vscode.window.showWarningMessage(text, ...titles)
        : await vscode.window.showInformationMessage(text, ...titles);
    await choices.find(({ title }) => title === chosen)?.run();
  }

  /** What a person may want to do next, as buttons of the message. */
  #nextSteps(verb: Verb, result: ChangeResult, repository: string | null): NextStep[] {
    const steps: NextStep[] = [];
    const [path] = result.paths;
    const log = result.setup?.state === "failed" ? result.setup.log : null;
    const operation = result.operation;
    if (log != null) {
      steps.push({
        title: t("Show Set-up Log"),
        run: () => vscode.window.showTextDocument(vscode.Uri.file(log)),
      });
    }
    if (path !== undefined && (verb === "create" || verb === "restore")) {
      const folder = vscode.Uri.file(path);
      const options = { forceNewWindow: true };
      steps.push({
        title: t("Open"),
        run: () => vscode.commands.executeCommand("vscode.openFolder", folder, options),
      });
    }
    if (operation?.undoable === true) {
      const params = { repository, operation: operation.id };
      steps.push({ title: t("Undo"), run: () => this.change("undo", t("Undo"), params) });
    }
    return steps;
  }

  async #request<V extends Verb>(
    verb: V,
    title: string,
    params: Commands[V]["params"],
  ): Promise<Commands[V]["result"]> {
    const cancel = new vscode.CancellationTokenSource();
    const progress = new LatestProgress();
    const request = this.server.request(verb, params, cancel.token, (step) => {
      progress.push(step);
    });
    const settled = request.then(
      () => undefined,
      () => undefined,
    );
    const slow = setTimeout(() => {
      void vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: t("Hedgerow: {0}", title),
          cancellable: true,
        },
        async (shown, cancelled) => {
          cancelled.onCancellationRequested(() => {
            cancel.cancel();
          });
          progress.showIn(shown);
          await settled;
        },
      );
    }, PROGRESS_AFTER_MS);
    try {
      return await request;
    } finally {
      clearTimeout(slow);
      cancel.dispose();
    }
  }
}

function withoutStop(sentence: string): string {
  return sentence.endsWith(".") ? sentence.slice(0, -1) : sentence;
}

export type ChangeVerb = {
  [V in Verb]: Commands[V]["result"] extends ChangeResult ? V : never;
}[Verb];

/** Progress as it comes, also what came before there was a place to show it. */
class LatestProgress {
  #message: string | undefined;
  #percentage = 0;
  #shown = 0;
  #place: vscode.Progress<{ message?: string; increment?: number }> | undefined;

  push(step: Progress): void {
    this.#message = step.message ?? this.#message;
    if (step.kind !== "end") this.#percentage = step.percentage ?? this.#percentage;
    this.#draw();
  }

  showIn(place: vscode.Progress<{ message?: string; increment?: number }>): void {
    this.#place = place;
    this.#draw();
  }

  #draw(): void {
    if (this.#place === undefined) return;
    const increment = this.#percentage - this.#shown;
    this.#shown = this.#percentage;
    this.#place.report({
      ...(this.#message === undefined ? {} : { message: this.#message }),
      ...(increment > 0 ? { increment } : {}),
    });
  }
}
