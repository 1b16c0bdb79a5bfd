/**
 * Where the person is: the hunk at the cursor, for keys and menus, and the way to the next one, on to the next file at
 * the end of one. Owns the context keys that say so.
 */
import * as vscode from "vscode";
import type { FileChange, Hunk } from "../protocol.generated";
import { type Mark, markAt, nextMark, placedAt } from "./marks";
import { isComparable, type Opening } from "./opening";
import type { Reviews } from "./reviews";
import type { Shown, ShownHunks } from "./shown";

export interface Here {
  shown: Shown;
  mark: Mark | undefined;
}

export class Cursor implements vscode.Disposable {
  readonly #listening: vscode.Disposable[];
  readonly #changed = new vscode.EventEmitter<undefined>();
  /** The person is elsewhere, or what is there is another by now. */
  readonly onDidChange = this.#changed.event;
  readonly #keys = new Map<string, unknown>();

  constructor(
    private readonly reviews: Reviews,
    private readonly shown: ShownHunks,
    private readonly opening: Opening,
  ) {
    const look = () => {
      void this.#look();
    };
    this.#listening = [
      vscode.window.onDidChangeActiveTextEditor(look),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (textEditor === vscode.window.activeTextEditor) this.#tell();
      }),
      shown.onDidChange(() => {
        this.#tell();
      }),
      reviews.onDidChange(look),
    ];
    look();
  }

  /** The document that the person is in, and the hunk they are at; undefined where there is none under review. */
  get here(): Here | undefined {
    const editor = vscode.window.activeTextEditor;
    const shown = editor && this.shown.known(editor.document.uri);
    if (editor === undefined || shown === undefined) return undefined;
    return { shown, mark: markAt(shown.marks, editor.selection.active.line) };
  }

  /** Goes to the next hunk that is pending, or the one before; at the end of a file, into the next. */
  async go(direction: 1 | -1): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const here = this.here;
    if (editor !== undefined && here !== undefined) {
      const line = editor.selection.active.line;
      const at =
        here.mark === undefined ? line : here.mark.first === here.mark.after ? here.mark.first : line;
      const next = nextMark(pending(here.shown.marks), at, direction);
      if (next !== undefined) {
        show(editor, next);
        return;
      }
    }
    await this.#goToFile(here?.shown, direction);
  }

  /** From a hunk that was decided on to the next in the same file, if there is one. */
  goOnFrom(mark: Mark): void {
    const editor = vscode.window.activeTextEditor;
    const marks = pending(this.here?.shown.marks ?? []).filter(({ hunk }) => hunk.id !== mark.hunk.id);
    const next = nextMark(marks, mark.first, 1);
    if (editor !== undefined && next !== undefined) show(editor, next);
  }

  /** The first file with something pending. */
  async start(checkout: string, preserveFocus = false): Promise<void> {
    const file = this.reviews.of(checkout)?.diff?.files.find((one) => one.pending && isComparable(one));
    if (file !== undefined) await this.#open(checkout, file, 1, preserveFocus);
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
    this.#changed.dispose();
    for (const key of this.#keys.keys()) this.#set(key, undefined);
  }

  async #goToFile(from: Shown | undefined, direction: 1 | -1): Promise<void> {
    const checkout = from?.spot.row.id ?? this.reviews.all[0]?.checkout;
    const files = (checkout === undefined ? undefined : this.reviews.of(checkout)?.diff)?.files ?? [];
    const waiting = files.filter((file) => file.pending && !file.queued && isComparable(file));
    const at = from?.spot.path;
    const others = waiting.filter(({ path }) => path !== at);
    const ordered = direction === 1 ? others : [...others].reverse();
    const beyond = ordered.find(({ path }) => at === undefined || (direction === 1 ? path > at : path < at));
    const next = beyond ?? ordered[0];
    if (checkout !== undefined && next !== undefined) {
      await this.#open(checkout, next, direction, false);
      return;
    }
    // What is pending may be among the files that are not listed yet.
    if (checkout !== undefined && (await this.reviews.more(checkout))) {
      await this.#goToFile(from, direction);
      return;
    }
    const editor = vscode.window.activeTextEditor;
    const left =
      from === undefined
        ? undefined
        : nextMark(pending(from.marks), direction === 1 ? -1 : Infinity, direction);
    if (editor !== undefined && left !== undefined)
      show(editor, left); // round, where it is the only file
    else void vscode.window.showInformationMessage(vscode.l10n.t("Nothing is pending any more."));
  }

  /** Opens a file as the person looks at the one they are in: by itself, or beside its base. */
  async #open(checkout: string, file: FileChange, direction: 1 | -1, preserveFocus: boolean): Promise<void> {
    const reading = await this.reviews.read(checkout, file.path);
    const hunks = (reading?.hunks ?? []).filter(({ state }) => state === "pending");
    const hunk = direction === 1 ? hunks[0] : hunks.at(-1);
    const line = hunk === undefined ? 0 : placedAt(hunk);
    await this.opening.file(checkout, file, { line, preserveFocus });
  }

  async #look(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    if (document !== undefined && document.uri.scheme !== COMMENT) await this.shown.of(document);
    this.#tell();
  }

  #tell(): void {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.uri.scheme === COMMENT) return; // a comment is being written: the person is where they were
    const here = this.here;
    this.#set("hedgerow.reviewing", here !== undefined);
    this.#set("hedgerow.atHunk", here?.mark?.hunk.state);
    this.#set("hedgerow.pendingLines", linesOf(here, "pending"));
    this.#set("hedgerow.acceptedLines", linesOf(here, "accepted"));
    this.#changed.fire(undefined);
  }

  #set(key: string, value: unknown): void {
    const said = JSON.stringify(value);
    if (this.#keys.get(key) === said) return;
    this.#keys.set(key, said);
    void vscode.commands.executeCommand("setContext", key, value);
  }
}

/** What the editor's own comment box calls its documents. */
const COMMENT = "comment";
/** Lines of one hunk on whose numbers there is a menu. */
const LINES_TOLD = 500;

function pending(marks: readonly Mark[]): Mark[] {
  return marks.filter(({ hunk }) => hunk.state === "pending");
}

function show(editor: vscode.TextEditor, mark: Mark): void {
  const line = Math.min(mark.first, editor.document.lineCount - 1);
  const to = new vscode.Position(line, 0);
  editor.selection = new vscode.Selection(to, to);
  const end = new vscode.Position(Math.max(line, Math.min(mark.after, editor.document.lineCount) - 1), 0);
  editor.revealRange(new vscode.Range(to, end), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Numbers of the lines on which there is a menu. */
function linesOf(here: Here | undefined, state: Hunk["state"]): number[] {
  const marks = here?.shown.marks.filter(({ hunk }) => hunk.state === state) ?? [];
  return marks.flatMap(({ first, after }) =>
    Array.from({ length: Math.min(Math.max(after - first, 1), LINES_TOLD) }, (_, index) => first + index + 1),
  );
}
