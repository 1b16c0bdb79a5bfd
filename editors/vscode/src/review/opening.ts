/**
 * Opens what is reviewed: one file beside its base, and all of a session at once. Owns which of the editor's tabs are
 * ours, and what cannot be shown as a comparison; closes nothing that is not ours.
 */
import * as vscode from "vscode";
import type { CheckoutRow, FileChange } from "../protocol.generated";
import { placedAt } from "./marks";
import type { Reviews } from "./reviews";
import type { Row } from "./rows";
import { type Spots, versionOf } from "./spots";

/** What VS Code hands to extensions at most, in bytes: of more there is no comparison with lenses. */
const SHOWN_BYTES = 50 * 2 ** 20;

export interface Place {
  /** Line of the file as it is now, from 0. */
  line?: number;
  preserveFocus?: boolean;
}

export class Opening {
  constructor(
    private readonly reviews: Reviews,
    private readonly spots: Spots,
  ) {}

  /** A file beside its base; the file alone where there is nothing to compare. */
  async file(checkout: string, file: FileChange, { line, preserveFocus = false }: Place = {}): Promise<void> {
    const row = this.spots.row(checkout);
    const uri = this.spots.file(checkout, file.path);
    if (row === undefined || uri === undefined) return;
    const name = file.path.slice(file.path.lastIndexOf("/") + 1);
    const problem = await unshowable(file, uri, name);
    if (problem !== undefined) {
      if (file.kind === "binary" && file.status !== "deleted")
        await vscode.commands.executeCommand("vscode.open", uri);
      void vscode.window.showInformationMessage(problem);
      return;
    }
    const [left, right] = sides(row, file, uri);
    const selection = line === undefined ? {} : { selection: new vscode.Range(line, 0, line, 0) };
    await vscode.commands.executeCommand("vscode.diff", left, right, titleOf(name, row), {
      preview: true,
      preserveFocus,
      ...selection,
    });
  }

  /** What a row of the view is about, while the view keeps the focus. */
  async row(row: Row): Promise<void> {
    if (row.kind !== "file" && row.kind !== "hunk") return;
    const file = this.reviews.file(row.checkout, row.path);
    if (file === undefined) return;
    const line = row.kind === "hunk" ? placedAt(row.hunk) : undefined;
    await this.file(row.checkout, file, { preserveFocus: true, ...(line === undefined ? {} : { line }) });
  }

  /** Everything that differs, in one editor. One that is open already is replaced. */
  async everything(checkout: string): Promise<void> {
    const row = this.spots.row(checkout);
    const diff = this.reviews.of(checkout)?.diff;
    if (row === undefined || diff === undefined) return;
    if (diff.files.length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t("Nothing differs in {0}.", row.label));
      return;
    }
    const old = tabsOf(row);
    if (old.length > 0) await vscode.window.tabGroups.close(old, true);
    const resources = diff.files.flatMap(
      (file): [vscode.Uri, vscode.Uri | undefined, vscode.Uri | undefined][] => {
        const uri = this.spots.file(checkout, file.path);
        if (uri === undefined || !isComparable(file)) return [];
        const [left, right] = sides(row, file, uri);
        return [
          [uri, file.status === "added" ? undefined : left, file.status === "deleted" ? undefined : right],
        ];
      },
    );
    await vscode.commands.executeCommand("vscode.changes", allTitle(row), resources);
  }

  /** Whether everything of a checkout is open in one editor. */
  isOpen(checkout: string): boolean {
    const row = this.spots.row(checkout);
    return row !== undefined && tabsOf(row).length > 0;
  }
}

/** Whether both versions have a text to show. */
export function isComparable({ kind }: FileChange): boolean {
  return kind === "text" || kind === "link";
}

function sides(row: CheckoutRow, file: FileChange, uri: vscode.Uri): [vscode.Uri, vscode.Uri] {
  const isFile = file.status !== "deleted" && file.kind === "text";
  return [versionOf(row, "base", file), isFile ? uri : versionOf(row, "now", file)];
}

/** Why there is no comparison of a file. */
async function unshowable(file: FileChange, uri: vscode.Uri, name: string): Promise<string | undefined> {
  if (file.path.includes("\\x")) {
    return vscode.l10n.t("{0} has a name that is no UTF-8. Accept or reject it as a whole.", name);
  }
  if (file.kind === "binary") {
    return vscode.l10n.t("{0} is a binary file. Accept or reject it as a whole.", name);
  }
  if (file.kind === "submodule") {
    return vscode.l10n.t("{0} is another repository, at another commit. Accept it as a whole.", name);
  }
  if (file.status === "deleted" || file.kind !== "text") return undefined;
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size <= SHOWN_BYTES) return undefined;
    const mebibytes = Math.round(size / 2 ** 20);
    return vscode.l10n.t(
      "{0} is too large to compare ({1} MiB). Accept or reject it as a whole.",
      name,
      mebibytes,
    );
  } catch {
    return vscode.l10n.t("{0} is gone by now.", name); // the rows are about to say so
  }
}

function titleOf(name: string, row: CheckoutRow): string {
  return vscode.l10n.t("{0} ({1})", name, row.label);
}

function allTitle(row: CheckoutRow): string {
  return vscode.l10n.t("Review: {0}", row.label);
}

/** The class of such a tab is no stable API; its label is. */
function tabsOf(row: CheckoutRow): vscode.Tab[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const isOther = (input: unknown) =>
    input instanceof vscode.TabInputText ||
    input instanceof vscode.TabInputTextDiff ||
    input instanceof vscode.TabInputWebview;
  const title = allTitle(row); // behind which the editor says of how many files
  const isOurs = ({ label }: vscode.Tab) => label === title || label.startsWith(`${title} (`);
  return tabs.filter((tab) => isOurs(tab) && !isOther(tab.input));
}
