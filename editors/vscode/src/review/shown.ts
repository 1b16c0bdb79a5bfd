/**
 * The hunks of every document that is shown, on the lines where they are in it, also while somebody types. Owns which
 * documents those are; asks for what is not known of them.
 */
import * as vscode from "vscode";
import type { HunksResult } from "../protocol.generated";
import { editOf, type Mark, moved, placed, placedBefore, renewed, type Text } from "./marks";
import type { Reviews } from "./reviews";
import type { Spot, Spots } from "./spots";

/** A document of a checkout under review. */
export interface Shown {
  document: vscode.TextDocument;
  spot: Spot;
  reading: HunksResult;
  marks: Mark[];
}

export class ShownHunks implements vscode.Disposable {
  readonly #shown = new Map<string, Shown>();
  readonly #changed = new vscode.EventEmitter<undefined>();
  /** Hunks came, went, or are on other lines. */
  readonly onDidChange = this.#changed.event;
  readonly #listening: vscode.Disposable[];

  constructor(
    private readonly reviews: Reviews,
    private readonly spots: Spots,
  ) {
    this.#listening = [
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#shown.delete(uri.toString())),
      vscode.workspace.onDidChangeTextDocument((change) => {
        this.#typed(change);
      }),
      reviews.onDidChange(({ checkout, path }) => {
        this.#told(checkout, path);
      }),
    ];
  }

  /** Of a document, as far as it is known by now. */
  known(uri: vscode.Uri): Shown | undefined {
    return this.#shown.get(uri.toString());
  }

  /** Of a document of a checkout under review; undefined for any other, and where the server knows no hunks. */
  async of(document: vscode.TextDocument): Promise<Shown | undefined> {
    const spot = this.spots.of(document.uri);
    if (spot === undefined || spot.side === "reviewed" || !this.reviews.has(spot.row.id)) return undefined;
    const known = this.known(document.uri);
    if (known?.document === document) return known;
    const answer = await this.reviews.read(spot.row.id, spot.path);
    const reading = this.reviews.reading(spot.row.id, spot.path) ?? answer; // a newer one may have come meanwhile
    if (reading === undefined || document.isClosed) return undefined;
    const shown = { document, spot, reading, marks: natural(document, spot, reading) };
    this.#shown.set(document.uri.toString(), shown);
    this.#changed.fire(undefined);
    return shown;
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
    this.#changed.dispose();
  }

  #typed({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const shown = this.known(document.uri);
    if (shown === undefined) return;
    if (shown.spot.side !== "working" || !document.isDirty) {
      shown.marks = natural(document, shown.spot, shown.reading);
    } else {
      const edits = contentChanges.map(({ range, text }) => editOf(range.start, range.end, text));
      shown.marks = moved(shown.marks, edits, textOf(document), isExact(shown.reading));
    }
    this.#changed.fire(undefined);
  }

  #told(checkout: string, path: string | undefined): void {
    for (const [key, shown] of this.#shown) {
      if (shown.spot.row.id !== checkout || (path !== undefined && shown.spot.path !== path)) continue;
      const reading = this.reviews.has(checkout)
        ? this.reviews.reading(checkout, shown.spot.path)
        : undefined;
      if (reading === undefined) {
        this.#shown.delete(key);
        continue;
      }
      const same = reading.version === shown.reading.version;
      shown.marks =
        shown.document.isDirty && same
          ? renewed(shown.marks, reading.hunks)
          : natural(shown.document, shown.spot, reading);
      shown.reading = reading;
    }
    this.#changed.fire(undefined);
  }
}

function natural(document: vscode.TextDocument, spot: Spot, reading: HunksResult): Mark[] {
  if (spot.side === "working") return placed(reading.hunks, textOf(document), isExact(reading));
  return spot.side === "base" ? placedBefore(reading.hunks) : [];
}

function isExact(reading: HunksResult): boolean {
  return reading.encoding === "utf-8";
}

function textOf(document: vscode.TextDocument): Text {
  return {
    lineCount: document.lineCount,
    line: (number) => document.lineAt(number).text,
  };
}
