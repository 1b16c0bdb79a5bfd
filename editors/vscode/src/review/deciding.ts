/**
 * Accepting, rejecting and taking back, through the server. Owns what of it was done in this window, so that the newest
 * can be taken back and what was rejected stays to be seen; and how a refusal is told. Decides nothing itself.
 */
import * as vscode from "vscode";
import type { Runner } from "../commands/runner";
import type { ChangeResult } from "../protocol.generated";
import { refusal } from "../server/refusal";
import { NoServer, type Server } from "../server/server";
import type { Reviews } from "./reviews";

/** What is decided on: all of a checkout, files, or parts of one file. */
export interface What {
  checkout: string;
  all?: boolean;
  paths?: string[];
  hunks?: string[];
  lines?: string[];
  /** The version that the person saw. */
  seen?: string;
}

/** Something that was rejected here and can be taken back. */
export interface Rejected {
  operation: string;
  checkout: string;
  path: string;
  label: string;
}

export class Deciding implements vscode.Disposable {
  #done: { operation: string; checkout: string }[] = [];
  #rejected: Rejected[] = [];
  readonly #changed = new vscode.EventEmitter<undefined>();
  /** What was rejected here is other than it was. */
  readonly onDidChange = this.#changed.event;

  constructor(
    private readonly server: Server,
    private readonly reviews: Reviews,
    private readonly runner: Runner,
  ) {}

  rejected(checkout: string, path?: string): Rejected[] {
    return this.#rejected.filter(
      (one) => one.checkout === checkout && (path === undefined || one.path === path),
    );
  }

  /** True when it was done; else the person has been told why not. */
  async accept(what: What): Promise<boolean> {
    const result = await this.#request("accept", what, {});
    this.#remember(what, result);
    return result !== undefined;
  }

  /** @param label by which the person knows again what they rejected */
  async reject(what: What, label: string): Promise<boolean> {
    const result = await this.#request("reject", what, {});
    if (result === undefined) return false;
    this.#remember(what, result);
    const { operation, message } = result;
    if (operation === null) {
      vscode.window.setStatusBarMessage(message, TOLD_MS); // it waits for the end of a turn, which the rows show
      return true;
    }
    const [path] = what.paths ?? [];
    if (path !== undefined) {
      this.#rejected.push({ operation: operation.id, checkout: what.checkout, path, label });
      this.#changed.fire(undefined);
    }
    void this.#offerUndo(message, operation.id);
    return true;
  }

  /** Makes pending again what was accepted. */
  async takeBack(what: What): Promise<boolean> {
    const result = await this.#request("accept", what, { withdraw: true });
    this.#remember(what, result);
    return result !== undefined;
  }

  /** Takes back a rejection that waits for the end of a turn. */
  async withdraw(what: What): Promise<boolean> {
    return (await this.#request("reject", what, { withdraw: true })) !== undefined;
  }

  /** Undoes one operation, or what was accepted or rejected last in this window. */
  async undo(operation = this.#done.at(-1)?.operation): Promise<void> {
    if (operation === undefined) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t("Nothing was accepted or rejected in this window that could be taken back."),
      );
      return;
    }
    const checkout = this.#done.find((one) => one.operation === operation)?.checkout;
    try {
      const repository = checkout === undefined ? null : this.reviews.named(checkout).repository;
      const result = await this.server.request("undo", { repository, operation });
      if (result.plan !== null && result.operation === null) {
        await this.runner.change("undo", vscode.l10n.t("Undo"), { repository, operation });
      } else {
        vscode.window.setStatusBarMessage(result.message, TOLD_MS);
      }
      this.#done = this.#done.filter((one) => one.operation !== operation);
      this.#rejected = this.#rejected.filter((one) => one.operation !== operation);
      this.#changed.fire(undefined);
    } catch (error) {
      this.#tell(error);
    }
  }

  /** Forgets what was done in a checkout whose review is over. */
  forget(checkout: string): void {
    this.#rejected = this.#rejected.filter((one) => one.checkout !== checkout);
    this.#changed.fire(undefined);
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #request(
    verb: "accept" | "reject",
    { checkout, ...what }: What,
    how: { withdraw?: boolean },
  ): Promise<ChangeResult | undefined> {
    const params = { ...this.reviews.named(checkout), ...what, ...how };
    try {
      const request = this.server.request(verb, params);
      const place = { location: vscode.ProgressLocation.Window, title: vscode.l10n.t("Review") };
      const result = await vscode.window.withProgress(place, () => request);
      if (result.plan !== null && result.operation === null) {
        await this.runner.change(
          verb,
          verb === "accept" ? vscode.l10n.t("Accept") : vscode.l10n.t("Reject"),
          params,
        );
        return undefined;
      }
      if (result.operation === null) await this.reviews.refresh(checkout); // it waits, or there was nothing to do
      for (const { name, reason } of result.kept) {
        void vscode.window.showWarningMessage(vscode.l10n.t("{0} stays: {1}", name, reason));
      }
      return result;
    } catch (error) {
      this.#tell(error);
      if (refusal(error).code === "stalePlan") await this.reviews.refresh(checkout);
      return undefined;
    }
  }

  #tell(error: unknown): void {
    if (error instanceof NoServer) return;
    const { message, code } = refusal(error);
    this.server.log.info(`refused: ${message}`);
    if (code === "unsavedText") void this.#offerSaving(message, pathsOf(error));
    else void vscode.window.showWarningMessage(message);
  }

  async #offerSaving(message: string, paths: readonly string[]): Promise<void> {
    const save = vscode.l10n.t("Save");
    if ((await vscode.window.showWarningMessage(message, save)) !== save) return;
    for (const document of vscode.workspace.textDocuments) {
      if (document.isDirty && paths.includes(document.uri.fsPath)) await document.save();
    }
  }

  async #offerUndo(message: string, operation: string): Promise<void> {
    const undo = vscode.l10n.t("Undo");
    if ((await vscode.window.showInformationMessage(message, undo)) === undo) await this.undo(operation);
  }

  #remember({ checkout }: What, result: ChangeResult | undefined): void {
    const operation = result?.operation;
    if (operation?.undoable === true) this.#done.push({ operation: operation.id, checkout });
  }
}

/** How long a sentence stays in the status bar. */
const TOLD_MS = 6000;

function pathsOf(error: unknown): readonly string[] {
  return (error as { data?: { paths?: string[] } }).data?.paths ?? [];
}
