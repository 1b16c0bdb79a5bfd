/**
 * The language client, without what we do ourselves. Owns which of the library's features are left out, and that the
 * library tells the person nothing in words of its own.
 */
import { type DynamicFeature, LanguageClient, type StaticFeature } from "vscode-languageclient/node";

/** Lenses, actions and base documents are for editors that do not know Hedgerow; here `review/` shows them. */
const OURS = new Set([
  "textDocument/codeLens",
  "textDocument/codeAction",
  "textDocument/diagnostic",
  "workspace/textDocumentContent",
]);

export class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if ("registrationType" in feature && OURS.has(feature.registrationType.method)) return;
    super.registerFeature(feature);
  }
}
