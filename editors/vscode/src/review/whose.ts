/** Which checkout a command of the review is about: the row or file it was called on, the file in front, or a choice. */
import * as vscode from "vscode";
import type { CheckoutRow } from "../protocol.generated";
import type { List } from "../rows/list";
import { describe } from "../rows/words";
import { isRow } from "./acting";
import type { Reviews } from "./reviews";
import type { Spots } from "./spots";

export class Whose {
  constructor(
    private readonly list: List,
    private readonly reviews: Reviews,
    private readonly spots: Spots,
  ) {}

  /** Asks; the checkout of the file in front comes first. */
  async choose(): Promise<CheckoutRow | undefined> {
    const rows = this.list.repositories
      .flatMap(({ id }) => this.list.checkouts(id))
      .filter(({ state }) => state === "ok");
    const here = this.#inFront();
    const choices = rows
      .map((row) => ({ label: row.label, description: describe(row), detail: row.path, row }))
      .sort((a, b) => Number(b.row.id === here) - Number(a.row.id === here));
    const options = {
      title: vscode.l10n.t("Review Changes"),
      placeHolder: vscode.l10n.t("Of which checkout?"),
      matchOnDescription: true,
      matchOnDetail: true,
    };
    return (await vscode.window.showQuickPick(choices, options))?.row;
  }

  /** The checkout that the person is reviewing, as far as it is certain. */
  current(): string | undefined {
    const here = this.#inFront();
    if (here !== undefined && this.reviews.has(here)) return here;
    const [only, ...others] = this.reviews.all;
    return others.length === 0 ? only?.checkout : undefined;
  }

  rowOf(given: unknown): CheckoutRow | undefined {
    const id = this.of(given);
    return id === undefined ? undefined : this.list.checkout(id);
  }

  /** The id of the checkout of what a command was called on: a row of either view, a file, a thread of comments. */
  of(given: unknown): string | undefined {
    if (isRow(given)) return given.checkout;
    if (typeof given !== "object" || given === null) return undefined;
    if (given instanceof vscode.Uri) return this.spots.of(given)?.row.id;
    if ("uri" in given && given.uri instanceof vscode.Uri) return this.spots.of(given.uri)?.row.id;
    const { kind, row } = given as { kind?: string; row?: { id: string; checkout?: string | null } };
    return (kind === "session" ? row?.checkout : kind === "checkout" ? row?.id : undefined) ?? undefined;
  }

  #inFront(): string | undefined {
    const uri = vscode.window.activeTextEditor?.document.uri;
    return uri && this.spots.of(uri)?.row.id;
  }
}
