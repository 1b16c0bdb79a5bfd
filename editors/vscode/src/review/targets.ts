/**
 * What a command is about, from wherever it was called: a lens, a row, the number of a line, the editor's peek at a
 * change, or a key, which says nothing, so that the cursor does.
 */
import * as vscode from "vscode";
import type { Hunk } from "../protocol.generated";
import type { Cursor } from "./cursor";
import type { What } from "./deciding";
import { type About, isWhole } from "./lenses";
import { type Mark, markAt, meant } from "./marks";
import type { Reviews } from "./reviews";
import type { Row } from "./rows";
import type { Shown, ShownHunks } from "./shown";
import { hunkLabel } from "./words";

export interface Target {
  what: What;
  /** By which the person knows it again. */
  label: string;
  state: Hunk["state"];
  /** In the document that the person is in; undefined where it was called from elsewhere. */
  mark?: Mark | undefined;
}

/** As the editor's own comparison gives it to commands of its peek. */
interface EditorChange {
  modifiedStartLineNumber: number;
  modifiedEndLineNumber: number;
}

export class Targets {
  constructor(
    private readonly reviews: Reviews,
    private readonly shown: ShownHunks,
    private readonly cursor: Cursor,
  ) {}

  /** Undefined when there is nothing; the person has been told so. */
  async of(given: unknown[]): Promise<Target | undefined> {
    const [first, second, third] = given;
    const found =
      first instanceof vscode.Uri && Array.isArray(second)
        ? await this.#ofChange(first, (second as EditorChange[])[Number(third ?? 0)])
        : isLineNumber(first)
          ? await this.#ofLine(first)
          : isAbout(first)
            ? await this.#ofHunk(first.checkout, first.path, hunkIn(first))
            : await this.#ofCursor();
    if (found === undefined) {
      void vscode.window.showInformationMessage(vscode.l10n.t("There is no hunk under review here."));
    }
    return found;
  }

  async #ofCursor(): Promise<Target | undefined> {
    const here = this.cursor.here;
    if (here === undefined) return undefined;
    return this.#at(here.shown, here.mark);
  }

  async #ofLine({ lineNumber, uri }: { lineNumber: number; uri: vscode.Uri }): Promise<Target | undefined> {
    const document = await vscode.workspace.openTextDocument(uri);
    const shown = await this.shown.of(document);
    return shown && this.#at(shown, markAt(shown.marks, lineNumber - 1));
  }

  async #ofChange(uri: vscode.Uri, change: EditorChange | undefined): Promise<Target | undefined> {
    const document = await vscode.workspace.openTextDocument(uri);
    const shown = await this.shown.of(document);
    if (shown === undefined || change === undefined) return undefined;
    const range = { start: change.modifiedStartLineNumber, end: change.modifiedEndLineNumber };
    const part = meant(
      shown.marks.filter(({ hunk }) => hunk.state !== "accepted"),
      range,
    );
    if ("lines" in part && document.isDirty) {
      await refuseUnsaved(document);
      return undefined;
    }
    const { spot, reading } = shown;
    const what: What = { checkout: spot.row.id, paths: [spot.path], ...part };
    if ("lines" in part) what.seen = reading.version;
    const mark = markAt(shown.marks, Math.max(range.start - 1, 0));
    return {
      what,
      label: mark === undefined ? `${range.start}` : hunkLabel(mark.hunk),
      state: "pending",
      mark,
    };
  }

  async #at({ spot, reading }: Shown, mark: Mark | undefined): Promise<Target | undefined> {
    if (mark === undefined && !isWhole(reading)) return undefined;
    const id = isWhole(reading) ? undefined : mark?.hunk.id;
    const target = await this.#ofHunk(spot.row.id, spot.path, id);
    return target && { ...target, mark };
  }

  async #ofHunk(checkout: string, path: string, id: string | undefined): Promise<Target | undefined> {
    const reading = await this.reviews.read(checkout, path);
    const file: What = { checkout, paths: [path] };
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (id === undefined) {
      const queued = reading?.hunks.some(({ state }) => state === "queued") ?? false;
      const pending = reading?.pending ?? this.reviews.file(checkout, path)?.pending ?? true;
      const what = reading === undefined ? file : { ...file, seen: reading.version };
      return { what, label: name, state: queued ? "queued" : pending ? "pending" : "accepted" };
    }
    const hunk = reading?.hunks.find((one) => one.id === id);
    // One that is not known any more is the server's to refuse, in words that say why.
    if (hunk === undefined) return { what: { ...file, hunks: [id] }, label: name, state: "pending" };
    return { what: { ...file, hunks: [id] }, label: hunkLabel(hunk), state: hunk.state };
  }
}

function isLineNumber(given: unknown): given is { lineNumber: number; uri: vscode.Uri } {
  return typeof given === "object" && given !== null && "lineNumber" in given && "uri" in given;
}

function isAbout(given: unknown): given is (About | Row) & { path: string } {
  return typeof given === "object" && given !== null && "checkout" in given && "path" in given;
}

function hunkIn(about: (About | Row) & { path: string }): string | undefined {
  if (!("kind" in about)) return about.hunk;
  return about.kind === "hunk" ? about.hunk.id : undefined;
}

/** The editor's own changes are of the text that it shows, and the server decides on what is on disk. */
async function refuseUnsaved(document: vscode.TextDocument): Promise<void> {
  const name = document.uri.path.slice(document.uri.path.lastIndexOf("/") + 1);
  const save = vscode.l10n.t("Save");
  const told = vscode.l10n.t(
    "{0} is not saved, and this change is not what is on disk. Save it first.",
    name,
  );
  if ((await vscode.window.showWarningMessage(told, save)) === save) await document.save();
}
