/**
 * The language client, without what we do ourselves. Owns which of the library's features are left out, that the library
 * tells the person nothing in words of its own, and everything that must know the library. That is large: this module is a
 * bundle of its own, loaded only when there is a server to talk to, and shares no state with the other.
 */
import * as vscode from "vscode";
import {
  CloseAction,
  DidChangeConfigurationNotification,
  type DynamicFeature,
  ErrorAction,
  ErrorCodes,
  ExecuteCommandRequest,
  LanguageClient,
  type StaticFeature,
  WorkDoneProgress,
  type WorkDoneProgressBegin,
  type WorkDoneProgressEnd,
  type WorkDoneProgressReport,
} from "vscode-languageclient/node";
import type { InitializationOptions } from "../protocol.generated";
import { protocolVersion } from "./options";

export type Progress = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

/** Lenses, actions and base documents are for editors that do not know Hedgerow; here `review/` shows them. */
const OURS = new Set([
  "textDocument/codeLens",
  "textDocument/codeAction",
  "textDocument/diagnostic",
  "workspace/textDocumentContent",
]);

export class QuietClient extends LanguageClient {
  /**
   * @param closed the server ended without being asked to
   */
  constructor(
    program: string,
    log: vscode.LogOutputChannel,
    initializationOptions: InitializationOptions,
    closed: () => void,
  ) {
    super(
      "hedgerow",
      "Hedgerow",
      { command: program, args: ["serve"] },
      {
        documentSelector: [{ scheme: "file" }], // so that the server knows of text that is not saved
        outputChannel: log,
        initializationOptions,
        initializationFailedHandler: () => false,
        errorHandler: {
          error: (_error, _message, count) => ({
            action: (count ?? 0) <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown,
            handled: true,
          }),
          closed: () => {
            closed();
            return { action: CloseAction.DoNotRestart, handled: true }; // it is restarted with a client of its own
          },
        },
      },
    );
    this.registerFeature(protocolVersion);
  }

  /** Carries out one command of the server's. */
  async execute(
    command: string,
    params: unknown,
    cancel?: vscode.CancellationToken,
    onProgress?: (progress: Progress) => void,
  ): Promise<unknown> {
    const workDoneToken = crypto.randomUUID();
    const listening =
      onProgress === undefined
        ? undefined
        : this.onProgress(WorkDoneProgress.type, workDoneToken, onProgress);
    try {
      const call = {
        command,
        arguments: [params],
        ...(listening === undefined ? {} : { workDoneToken }),
      };
      return (await this.sendRequest(ExecuteCommandRequest.type, call, cancel)) as unknown;
    } catch (error) {
      if ((error as { code?: unknown }).code !== ErrorCodes.PendingResponseRejected) throw error;
      throw new Error(
        vscode.l10n.t(
          "Hedgerow's server ended before it answered. It puts right what was under way when it starts.",
        ),
      );
    } finally {
      listening?.dispose();
    }
  }

  async configure(hedgerow: InitializationOptions): Promise<void> {
    await this.sendNotification(DidChangeConfigurationNotification.type, { settings: { hedgerow } });
  }

  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if ("registrationType" in feature && OURS.has(feature.registrationType.method)) return;
    super.registerFeature(feature);
  }
}
