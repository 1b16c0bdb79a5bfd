/** The item in the status bar: what is pending in the file that the person is in, else in the session. */
import * as vscode from "vscode";
import type { Cursor } from "./cursor";
import { isWhole } from "./lenses";
import type { Reviews } from "./reviews";
import type { Spots } from "./spots";
import { filesOf, progress } from "./words";

export class ReviewProgress implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem("hedgerow.review", vscode.StatusBarAlignment.Left, 9);
  readonly #listening: vscode.Disposable[];

  constructor(
    private readonly reviews: Reviews,
    private readonly spots: Spots,
    private readonly cursor: Cursor,
  ) {
    this.#item.name = vscode.l10n.t("Hedgerow: Review");
    this.#item.command = "hedgerow.client.nextHunk";
    const draw = () => {
      this.#draw();
    };
    this.#listening = [cursor.onDidChange(draw), reviews.onDidChange(draw)];
    this.#draw();
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
    this.#item.dispose();
  }

  #draw(): void {
    const here = this.cursor.here?.shown;
    const checkout = here?.spot.row.id ?? this.reviews.all[0]?.checkout;
    const totals = checkout === undefined ? undefined : this.reviews.of(checkout)?.diff?.totals;
    const row = checkout === undefined ? undefined : this.spots.row(checkout);
    if (totals === undefined || row === undefined) {
      this.#item.hide();
      return;
    }
    const files = vscode.l10n.t("{0}: {1} of {2} pending", row.label, totals.pending, filesOf(totals.files));
    const isHunks = here !== undefined && !isWhole(here.reading) && here.reading.hunks.length > 0;
    this.#item.text = isHunks
      ? `$(git-compare) ${progress(here.reading.hunks)}`
      : `$(git-compare) ${vscode.l10n.t("{0}/{1} files", totals.pending, totals.files)}`;
    this.#item.tooltip = `${files}\n${vscode.l10n.t("Click: the next hunk")}`;
    const inFile = isHunks ? vscode.l10n.t("pending in this file: {0}", progress(here.reading.hunks)) : "";
    this.#item.accessibilityInformation = { label: [inFile, files].filter((part) => part !== "").join("; ") };
    this.#item.show();
  }
}
