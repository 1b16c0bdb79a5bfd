/**
 * The comments of the server as threads of the editor's own comments. Owns the threads: one for each comment, on its
 * lines as the server says where they are (a thread does not say where it has moved to).
 */
import * as vscode from "vscode";
import type { Comment } from "../protocol.generated";
import type { Reviews } from "./reviews";
import { type Spots, versionOf } from "./spots";
import { linesOfComment, standingOf } from "./words";

/** A comment as the editor shows it. */
export class Note implements vscode.Comment {
  body: string;
  mode = vscode.CommentMode.Preview;
  author: vscode.CommentAuthorInformation;
  label: string;
  contextValue: string;
  timestamp: Date;

  constructor(readonly comment: Comment) {
    this.body = comment.text;
    this.author = { name: vscode.l10n.t("You") };
    this.label = standingOf(comment);
    this.contextValue = comment.state;
    this.timestamp = new Date(comment.changed * 1000);
  }
}

interface Entry {
  thread: vscode.CommentThread;
  note: Note;
}

export class Threads {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly controller: vscode.CommentController,
    private readonly reviews: Reviews,
    private readonly spots: Spots,
  ) {}

  /** Shows the comments of a checkout as they are now, and no others there. */
  show(checkout: string, comments: readonly Comment[]): void {
    const there = new Map(comments.map((comment) => [comment.id, comment]));
    for (const [id, { thread, note }] of this.#entries) {
      if (note.comment.checkout !== checkout || there.has(id)) continue;
      thread.dispose();
      this.#entries.delete(id);
    }
    for (const comment of comments) this.#put(comment);
  }

  /** Makes a thread that the person began with one comment in it. */
  adopt(thread: vscode.CommentThread, comment: Comment): void {
    const note = new Note(comment);
    this.#entries.set(comment.id, { thread, note });
    this.#dress(thread, note);
  }

  /** The comment of a thread; undefined for one that was only begun. */
  of(thread: vscode.CommentThread): Comment | undefined {
    return [...this.#entries.values()].find((entry) => entry.thread === thread)?.note.comment;
  }

  /** Lets the person edit a comment, or shows it again. */
  setMode(note: Note, mode: vscode.CommentMode): void {
    const entry = this.#entries.get(note.comment.id);
    if (entry === undefined) return;
    const shown = new Note(note.comment);
    shown.mode = mode;
    entry.note = shown;
    entry.thread.comments = [shown];
  }

  #put(comment: Comment): void {
    const uri = this.#uri(comment);
    if (uri === undefined) return;
    const known = this.#entries.get(comment.id);
    if (known?.note.mode === vscode.CommentMode.Editing) return; // not under the person's hands
    const entry = known?.thread.uri.toString() === uri.toString() ? known : undefined;
    if (entry === undefined) {
      known?.thread.dispose();
      const range = rangeOf(comment);
      const thread = this.controller.createCommentThread(uri, range ?? new vscode.Range(0, 0, 0, 0), []);
      thread.range = range;
      thread.collapsibleState =
        comment.state === "draft"
          ? vscode.CommentThreadCollapsibleState.Expanded
          : vscode.CommentThreadCollapsibleState.Collapsed;
      this.adopt(thread, comment);
      return;
    }
    const range = rangeOf(comment);
    // While somebody types it moves with the text, of which the thread knows nothing.
    if (!isDirty(uri) && JSON.stringify(entry.thread.range) !== JSON.stringify(range))
      entry.thread.range = range;
    if (JSON.stringify(entry.note.comment) === JSON.stringify(comment)) return;
    if (comment.state !== entry.note.comment.state && comment.state !== "draft") {
      entry.thread.collapsibleState = vscode.CommentThreadCollapsibleState.Collapsed;
    }
    entry.note = new Note(comment);
    this.#dress(entry.thread, entry.note);
  }

  #dress(thread: vscode.CommentThread, note: Note): void {
    const { comment } = note;
    const label = this.spots.row(comment.checkout)?.label ?? "";
    thread.canReply = false;
    thread.label = vscode.l10n.t("Comment on {0}", label);
    thread.contextValue = comment.state;
    thread.state =
      comment.state === "resolved"
        ? vscode.CommentThreadState.Resolved
        : vscode.CommentThreadState.Unresolved;
    thread.comments = [note];
  }

  #uri({ checkout, path, side }: Comment): vscode.Uri | undefined {
    const row = this.spots.row(checkout);
    if (row === undefined || side === "working") return this.spots.file(checkout, path);
    return versionOf(row, "base", this.reviews.file(checkout, path) ?? { path, oldPath: null });
  }
}

/** Undefined for a comment on the whole file. */
function rangeOf({ lines }: Comment): vscode.Range | undefined {
  if (lines === null) return undefined;
  const { first, last } = linesOfComment(lines);
  return new vscode.Range(first, 0, last, 0);
}

function isDirty(uri: vscode.Uri): boolean {
  return vscode.workspace.textDocuments.some(
    (document) => document.isDirty && document.uri.toString() === uri.toString(),
  );
}
