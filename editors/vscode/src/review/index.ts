/**
 * Reviewing what an agent did: the room's parts, and its commands. Owns which command reaches which part; state is the
 * server's, and each part's own of what it shows.
 */
import * as vscode from "vscode";
import type { Pages } from "../commands/pages";
import type { Palette } from "../commands/palette";
import type { Runner } from "../commands/runner";
import type { CheckoutRow } from "../protocol.generated";
import type { List } from "../rows/list";
import { refusal } from "../server/refusal";
import { NoServer, type Server } from "../server/server";
import { Acting } from "./acting";
import { badges } from "./badges";
import { BaseDocuments } from "./base";
import { Comments } from "./comments";
import { Cursor } from "./cursor";
import { Deciding } from "./deciding";
import { Lenses } from "./lenses";
import { Opening } from "./opening";
import { Panel } from "./panel";
import { ReviewProgress } from "./progress";
import { QuickDiff } from "./quickdiff";
import { Reviews } from "./reviews";
import type { Row } from "./rows";
import { Sending } from "./sending";
import { ShownHunks } from "./shown";
import { Spots } from "./spots";
import { Targets } from "./targets";
import type { Note } from "./threads";
import { Whose } from "./whose";

export class Review implements vscode.Disposable {
  readonly #spots: Spots;
  readonly #whose: Whose;
  readonly #reviews: Reviews;
  readonly #shown: ShownHunks;
  readonly #opening: Opening;
  readonly #cursor: Cursor;
  readonly #deciding: Deciding;
  readonly #comments: Comments;
  readonly #acting: Acting;
  readonly #sending: Sending;
  readonly #panel: Panel;
  readonly #parts: { dispose(): unknown }[];

  constructor(
    server: Server,
    list: List,
    runner: Runner,
    pages: Pages,
    palette: Palette,
    memory: vscode.Memento,
  ) {
    this.#spots = new Spots(list);
    this.#reviews = new Reviews(server, list, memory, (checkout, path) => this.#looksAt(checkout, path));
    this.#whose = new Whose(list, this.#reviews, this.#spots);
    this.#shown = new ShownHunks(this.#reviews, this.#spots);
    this.#opening = new Opening(this.#reviews, this.#spots);
    this.#cursor = new Cursor(this.#reviews, this.#shown, this.#opening);
    this.#deciding = new Deciding(server, this.#reviews, runner);
    this.#comments = new Comments(server, this.#reviews, this.#spots);
    this.#sending = new Sending(server, list, pages, this.#reviews);
    const drafts = (checkout: string) => this.#comments.drafts(checkout).length;
    const dirtied = (listen: () => void) =>
      vscode.workspace.onDidChangeTextDocument(({ contentChanges }) => {
        if (contentChanges.length === 0) listen(); // a document became unsaved, or saved
      });
    const listed = (listen: () => void) => new vscode.Disposable(list.onChange(listen));
    this.#panel = new Panel(this.#reviews, this.#spots, this.#deciding, drafts, [
      this.#reviews.onDidChange,
      this.#deciding.onDidChange,
      this.#comments.onDidChange,
      dirtied,
      listed,
    ]);
    this.#acting = new Acting(
      this.#reviews,
      this.#spots,
      new Targets(this.#reviews, this.#shown, this.#cursor),
      this.#deciding,
      this.#cursor,
      this.#comments,
      this.#opening,
      (row) => {
        this.#panel.redraw(row);
      },
    );
    const base = new BaseDocuments(server, this.#reviews, this.#spots, (checkout) =>
      this.#opening.isOpen(checkout),
    );
    this.#parts = [
      this.#reviews,
      this.#shown,
      this.#cursor,
      this.#deciding,
      this.#comments,
      this.#panel,
      base,
      new Lenses(this.#shown, (checkout) => this.#opening.isOpen(checkout)),
      new QuickDiff(this.#reviews, this.#spots),
      new ReviewProgress(this.#reviews, this.#spots, this.#cursor),
      vscode.window.registerFileDecorationProvider(badges),
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
        if (closed.length > 0) base.release();
      }),
      this.#panel.view.onDidChangeCheckboxState(({ items }) => this.#acting.tick(items)),
      this.#reviews.onDidChange(() => {
        void vscode.commands.executeCommand("setContext", "hedgerow.reviews", this.#reviews.all.length);
      }),
      ...this.#commands(),
    ];
    palette.own("diff", ({ checkout }) => this.begin(checkout), { everywhere: true });
    palette.own("hunks", () => this.#openAlone());
    palette.own("accept", () => this.#acting.accept([]));
    palette.own("reject", () => this.#acting.reject([]));
    palette.own("comment", () => this.#acting.comment([]));
    palette.own("sendComments", ({ checkout }) => this.#send(checkout?.id));
  }

  /** Reviews a checkout, or one that the person chooses: its rows, and the first file with something pending. */
  async begin(row?: CheckoutRow): Promise<void> {
    const chosen = row ?? (await this.#whose.choose());
    if (chosen === undefined) return;
    try {
      const place = { location: vscode.ProgressLocation.Window, title: vscode.l10n.t("Review") };
      const review = await vscode.window.withProgress(place, () => this.#reviews.begin(chosen.id));
      this.#panel.refresh();
      await this.#panel.reveal(chosen.id);
      const totals = review.diff?.totals;
      if (totals?.files === 0 && totals.pending === 0) {
        void vscode.window.showInformationMessage(vscode.l10n.t("Nothing differs in {0}.", chosen.label));
      } else await this.#cursor.start(chosen.id);
    } catch (error) {
      if (!(error instanceof NoServer)) void vscode.window.showErrorMessage(refusal(error).message);
    }
  }

  dispose(): void {
    for (const part of [...this.#parts].reverse()) part.dispose();
  }

  #commands(): vscode.Disposable[] {
    const on = (verb: string, run: (...given: never[]) => unknown) =>
      vscode.commands.registerCommand(`hedgerow.client.${verb}`, run as (...given: unknown[]) => unknown);
    return [
      on("review", (node?: unknown) => {
        const row = this.#whose.rowOf(node);
        return row === undefined ? vscode.commands.executeCommand("hedgerow.ui.diff") : this.begin(row);
      }),
      on("reviewFile", (row: Row) => this.#opening.row(row)),
      on("moreFiles", (row: Row) => this.#reviews.more(row.checkout)),
      on("reviewAll", (row?: Row) => this.#openEverything(row?.checkout)),
      on("openChanges", () => this.#openAlone()),
      on("endReview", (row?: Row) => {
        this.#end(row?.checkout);
      }),
      on("acceptHunk", (...given: unknown[]) => this.#acting.accept(given)),
      on("rejectHunk", (...given: unknown[]) => this.#acting.reject(given)),
      on("takeBackHunk", (...given: unknown[]) => this.#acting.takeBack(given)),
      on("commentHunk", (...given: unknown[]) => this.#acting.comment(given)),
      on("acceptAll", (row: Row) => this.#acting.decideAll(row, "accept")),
      on("rejectAll", (row: Row) => this.#acting.decideAll(row, "reject")),
      on("nextHunk", (from?: unknown) => this.#go(1, from)),
      on("previousHunk", (from?: unknown) => this.#go(-1, from)),
      on("undoReview", (row?: Row) =>
        this.#deciding.undo(row?.kind === "rejected" ? row.operation : undefined),
      ),
      on("sendComments", (given?: unknown) => this.#send(this.#whose.of(given))),
      on("saveComment", (reply: vscode.CommentReply) => this.#comments.save(reply)),
      on("editComment", (note: Note) => {
        this.#comments.edit(note);
      }),
      on("cancelComment", (note: Note) => {
        this.#comments.cancel(note);
      }),
      on("saveEditedComment", (note: Note) => this.#comments.saveEdited(note)),
      on("deleteComment", (note: Note) => this.#comments.change(note, { delete: true })),
      on("resolveComment", (note: Note) => this.#comments.change(note, { resolved: true })),
      on("reopenComment", (note: Note) => this.#comments.change(note, { resolved: false })),
    ];
  }

  /** Whether somebody sees the hunks of a file, so that they are asked for again when they change. */
  #looksAt(checkout: string, path: string): boolean {
    if (this.#panel.looksAt(checkout, path)) return true;
    return vscode.workspace.textDocuments.some(({ uri }) => {
      const spot = this.#spots.of(uri);
      return spot?.row.id === checkout && spot.path === path;
    });
  }

  /** To the next hunk, with the focus, also from the view: what is decided next is decided there. */
  async #go(direction: 1 | -1, from: unknown): Promise<void> {
    await this.#cursor.go(direction);
    if (from === "fromView") await vscode.commands.executeCommand("workbench.action.focusActiveEditorGroup");
  }

  /** The file that the person is in, beside its base. */
  async #openAlone(): Promise<void> {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const spot = uri && this.#spots.of(uri);
    if (spot === undefined) {
      await this.begin();
      return;
    }
    if (!this.#reviews.has(spot.row.id)) await this.#reviews.begin(spot.row.id);
    const file = this.#reviews.file(spot.row.id, spot.path);
    if (file !== undefined) await this.#opening.file(spot.row.id, file);
    else void vscode.window.showInformationMessage(vscode.l10n.t("Nothing of {0} differs.", spot.path));
  }

  async #openEverything(checkout = this.#whose.current()): Promise<void> {
    if (checkout === undefined) await this.begin();
    else await this.#opening.everything(checkout);
  }

  #end(checkout = this.#whose.current()): void {
    if (checkout === undefined) return;
    this.#reviews.end(checkout);
    this.#deciding.forget(checkout);
  }

  async #send(checkout = this.#whose.current()): Promise<void> {
    if (checkout === undefined) await this.begin();
    else await this.#sending.send(checkout);
  }
}
