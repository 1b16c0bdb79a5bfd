/**
 * Comments for the agent, on both sides of a comparison and in the file itself. Owns where they may be made and asking
 * for them again; the server keeps them, also as drafts.
 */
import * as vscode from "vscode";
import type { Comment, EditCommentParams } from "../protocol.generated";
import { refusal } from "../server/refusal";
import { NoServer, type Server } from "../server/server";
import { Latest } from "./latest";
import type { Reviews } from "./reviews";
import type { Spots } from "./spots";
import { Note, Threads } from "./threads";

export class Comments implements vscode.Disposable {
  readonly #controller: vscode.CommentController;
  readonly #threads: Threads;
  readonly #known = new Map<string, readonly Comment[]>();
  readonly #answers: Latest<readonly Comment[]>;
  readonly #changed = new vscode.EventEmitter<undefined>();
  /** Comments came, went, or are other than before. */
  readonly onDidChange = this.#changed.event;
  readonly #listening: vscode.Disposable[];

  constructor(
    private readonly server: Server,
    private readonly reviews: Reviews,
    private readonly spots: Spots,
  ) {
    this.#controller = vscode.comments.createCommentController("hedgerow", "Hedgerow");
    this.#controller.options = {
      prompt: vscode.l10n.t("Comment for the agent"),
      placeHolder: vscode.l10n.t("A draft until you send the comments"),
    };
    this.#controller.commentingRangeProvider = {
      provideCommentingRanges: (document) => this.#ranges(document),
    };
    this.#threads = new Threads(this.#controller, reviews, spots);
    this.#answers = new Latest(async (checkout) => {
      const answer = await server.request("comments", reviews.named(checkout));
      return answer.comments.filter((comment) => comment.checkout === checkout);
    });
    this.#listening = [
      server.on("hedgerow/commentsChanged", () => {
        for (const { checkout } of reviews.all) void this.read(checkout);
      }),
      server.on("hedgerow/reviewChanged", ({ checkout, all, paths }) => {
        const meant = this.#known.get(checkout)?.some(({ path }) => all || paths.includes(path)) ?? false;
        if (meant) void this.read(checkout);
      }),
      reviews.onDidChange(({ checkout, path }) => {
        if (path === undefined && (!reviews.has(checkout) || !this.#known.has(checkout)))
          void this.read(checkout);
      }),
    ];
  }

  /** Comments of a checkout that are still to be sent. */
  drafts(checkout: string): readonly Comment[] {
    const all = this.#known.get(checkout) ?? [];
    return all.filter(({ state, sent }) => state === "draft" || (state === "outdated" && sent === null));
  }

  /** Shows the comments of a checkout as they are by now. */
  async read(checkout: string): Promise<void> {
    if (!this.reviews.has(checkout)) {
      if (this.#known.delete(checkout)) this.#threads.show(checkout, []);
      return;
    }
    this.#known.set(checkout, this.#known.get(checkout) ?? []);
    try {
      const comments = await this.#answers.now(checkout);
      if (!this.reviews.has(checkout)) return;
      this.#known.set(checkout, comments);
      this.#threads.show(checkout, comments);
      this.#changed.fire(undefined);
    } catch (error) {
      if (!(error instanceof NoServer)) this.server.log.info(`no comments: ${refusal(error).message}`);
    }
  }

  /** Keeps what the person wrote into a thread that they began. */
  async save({ thread, text }: vscode.CommentReply): Promise<void> {
    const spot = this.spots.of(thread.uri);
    if (spot === undefined || text.trim() === "") return;
    const document = vscode.workspace.textDocuments.find(
      ({ uri }) => uri.toString() === thread.uri.toString(),
    );
    const params = { ...this.reviews.named(spot.row.id), path: spot.path, text };
    const isGone = this.reviews.file(spot.row.id, spot.path)?.status === "deleted";
    const isBase = spot.side === "base" || (spot.side === "now" && isGone);
    await this.#do(async () => {
      const { comment } = await this.server.request("comment", {
        ...params,
        side: isBase ? "base" : "working",
        ...(thread.range === undefined ? {} : linesOf(thread.range, isBase ? undefined : document)),
      });
      this.#threads.adopt(thread, comment);
    });
  }

  edit(note: Note): void {
    this.#threads.setMode(note, vscode.CommentMode.Editing);
  }

  cancel(note: Note): void {
    this.#threads.setMode(note, vscode.CommentMode.Preview);
  }

  async saveEdited(note: Note): Promise<void> {
    if (note.body.trim() === "") return;
    await this.change(note, { text: note.body });
  }

  /** Changes a comment: its words, or what has become of it. */
  async change(note: Note, what: Omit<EditCommentParams, "id" | "repository">): Promise<void> {
    const { id, checkout } = note.comment;
    const { repository } = this.reviews.named(checkout);
    await this.#do(async () => {
      await this.server.request("editComment", { repository, id, ...what });
      this.#threads.setMode(note, vscode.CommentMode.Preview);
      await this.read(checkout);
    });
    if (what.delete === true) void this.#offerUndo(note);
  }

  /** Begins a comment on lines of the editor that the person is in, from 0, both part of it. */
  async begin(first: number, last: number): Promise<void> {
    const range = { startLineNumber: first + 1, startColumn: 1, endLineNumber: last + 1, endColumn: 1 };
    await vscode.commands.executeCommand("workbench.action.addComment", { range, fileComment: false });
  }

  /** Begins a comment on the whole file of that editor. */
  async beginOnFile(): Promise<void> {
    await vscode.commands.executeCommand("workbench.action.addComment", { fileComment: true });
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
    this.#controller.dispose();
    this.#changed.dispose();
  }

  #ranges(document: vscode.TextDocument): vscode.CommentingRanges | undefined {
    const spot = this.spots.of(document.uri);
    if (spot === undefined || !this.reviews.has(spot.row.id)) return undefined;
    if (spot.side === "reviewed") return undefined;
    if (spot.side === "now") return { enableFileComments: true, ranges: [] };
    return { enableFileComments: true, ranges: [new vscode.Range(0, 0, document.lineCount - 1, 0)] };
  }

  async #offerUndo(note: Note): Promise<void> {
    const undo = vscode.l10n.t("Undo");
    const told = vscode.l10n.t("The comment was deleted: {0}", note.comment.title);
    if ((await vscode.window.showInformationMessage(told, undo)) === undo)
      await this.change(note, { delete: false });
  }

  async #do(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof NoServer)) void vscode.window.showWarningMessage(refusal(error).message);
    }
  }
}

function linesOf(
  range: vscode.Range,
  document: vscode.TextDocument | undefined,
): { lines: string; quote?: string } {
  const [first, last] = [range.start.line, range.end.line];
  const lines = last > first ? `${first + 1}-${last + 1}` : `${first + 1}`;
  if (document === undefined) return { lines };
  const texts = Array.from({ length: last - first + 1 }, (_, index) => document.lineAt(first + index).text);
  return { lines, quote: texts.join("\n") };
}
