/**
 * What the person decides, carried to the part that does it: accept, reject, take back, comment, tick. Owns what a
 * command called from a row, a lens, a key or the peek has in common.
 */
import * as vscode from "vscode";
import type { Comments } from "./comments";
import type { Cursor } from "./cursor";
import type { Deciding } from "./deciding";
import type { Opening } from "./opening";
import type { Reviews } from "./reviews";
import type { Row } from "./rows";
import type { Spots } from "./spots";
import type { Target, Targets } from "./targets";

export class Acting {
  constructor(
    private readonly reviews: Reviews,
    private readonly spots: Spots,
    private readonly targets: Targets,
    private readonly deciding: Deciding,
    private readonly cursor: Cursor,
    private readonly comments: Comments,
    private readonly opening: Opening,
    private readonly redraw: (row: Row) => void,
  ) {}

  async accept(given: unknown[]): Promise<void> {
    const target = await this.targets.of(given);
    if (target === undefined) return;
    if (await this.deciding.accept(target.what)) this.#goOn(given, target);
  }

  async reject(given: unknown[]): Promise<void> {
    const target = await this.targets.of(given);
    if (target === undefined) return;
    if (await this.deciding.reject(target.what, target.label)) this.#goOn(given, target);
  }

  async takeBack(given: unknown[]): Promise<void> {
    const [row] = given;
    if (isRow(row) && row.kind === "rejected") {
      await this.deciding.undo(row.operation);
      return;
    }
    const target = await this.targets.of(given);
    if (target === undefined) return;
    if (target.state === "queued") await this.deciding.withdraw({ ...target.what, hunks: [], lines: [] });
    else await this.deciding.takeBack(target.what);
  }

  /** Who decides with keys goes on to what is next in the file; a mouse is where its hand has put it. */
  #goOn(given: unknown[], { mark }: Target): void {
    if (given.length === 0 && mark !== undefined) this.cursor.goOnFrom(mark);
  }

  async comment(given: unknown[]): Promise<void> {
    const [row] = given;
    if (isRow(row)) await this.opening.row(row);
    const target = await this.targets.of(given);
    const here = this.cursor.here;
    if (target === undefined || here === undefined) return;
    const [id] = target.what.hunks ?? [];
    if (id === undefined) {
      await this.comments.beginOnFile();
      return;
    }
    const mark = here.shown.marks.find(({ hunk }) => hunk.id === id);
    if (mark === undefined) {
      const told = vscode.l10n.t("This hunk has changed since it was shown; look at it again.");
      void vscode.window.showWarningMessage(told);
      return;
    }
    const last = here.shown.document.lineCount - 1;
    const first = Math.min(mark.first, last);
    await this.comments.begin(first, Math.max(first, Math.min(mark.after - 1, last)));
  }

  async decideAll({ checkout }: Row, verb: "accept" | "reject"): Promise<void> {
    const diff = this.reviews.of(checkout)?.diff;
    const row = this.spots.row(checkout);
    if (diff === undefined || row === undefined) return;
    const what = { checkout, all: true, seen: diff.version };
    if (verb === "accept") await this.deciding.accept(what);
    else await this.deciding.reject(what, row.label);
  }

  async tick(items: readonly [Row, vscode.TreeItemCheckboxState][]): Promise<void> {
    for (const [row, state] of items) {
      const target = await this.targets.of([row]);
      if (target === undefined) continue;
      const isDone =
        state === vscode.TreeItemCheckboxState.Checked
          ? await this.deciding.accept(target.what)
          : await this.deciding.takeBack(target.what);
      if (!isDone) this.redraw(row);
    }
  }
}

export function isRow(given: unknown): given is Row {
  return (
    typeof given === "object" &&
    given !== null &&
    "kind" in given &&
    "context" in given &&
    "checkout" in given
  );
}
