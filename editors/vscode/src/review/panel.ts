/** The view "Review": draws the rows, and says on which the person acted. Asks for hunks of the files that are unfolded. */
import * as vscode from "vscode";
import type { Deciding } from "./deciding";
import { difference, type Row, rowOf } from "./rows";
import type { Reviews } from "./reviews";
import type { Spots } from "./spots";
import { statusUri } from "./badges";

/** Of a review of no more files than this, all hunks are asked for at once. */
const READ_AT_ONCE = 25;

interface Known {
  row: Row;
  parent: Row | undefined;
}

export class Panel implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Row[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: vscode.TreeView<Row>;
  readonly #listening: { dispose(): unknown }[];
  readonly #unfolded = new Set<string>();
  #rows: Row[] = [];
  #byKey = new Map<string, Known>();

  constructor(
    private readonly reviews: Reviews,
    private readonly spots: Spots,
    private readonly deciding: Deciding,
    private readonly drafts: (checkout: string) => number,
    changes: ((listen: () => void) => { dispose(): unknown })[],
  ) {
    this.view = vscode.window.createTreeView<Row>("hedgerow.review", {
      treeDataProvider: this,
      manageCheckboxStateManually: true,
      showCollapseAll: true,
    });
    const refresh = () => {
      this.refresh();
    };
    this.#listening = [
      this.view.onDidExpandElement(({ element }) => {
        this.#unfolded.add(element.key);
        if (element.kind === "file") void this.reviews.read(element.checkout, element.path);
      }),
      this.view.onDidCollapseElement(({ element }) => {
        this.#unfolded.delete(element.key);
      }),
      ...changes.map((change) => change(refresh)),
    ];
    this.refresh();
  }

  /** Whether hunks of a file are shown here. */
  looksAt(checkout: string, path: string): boolean {
    const files = this.reviews.of(checkout)?.diff?.files.length ?? 0;
    return this.#unfolded.has(`${checkout}\n${path}`) || (files > 0 && files <= READ_AT_ONCE);
  }

  refresh(): void {
    const rows = this.reviews.all.flatMap(({ checkout, diff }): Row[] => {
      const row = this.spots.row(checkout);
      if (row === undefined) return [];
      return [
        rowOf({
          checkout,
          label: row.label,
          path: row.path,
          diff,
          drafts: this.drafts(checkout),
          reading: (path) => this.reviews.reading(checkout, path),
          isUnsaved: (path) => this.#isUnsaved(checkout, path),
          rejected: this.deciding.rejected(checkout),
        }),
      ];
    });
    const differing = difference(this.#rows, rows);
    const before = this.#byKey;
    this.#byKey = new Map();
    this.#rows = rows.map((row) => this.#keep(row, undefined, before));
    if (differing === "all") this.#changed.fire(undefined);
    else if (differing.length > 0) {
      this.#changed.fire(differing.flatMap((key) => this.#byKey.get(key)?.row ?? []));
    }
    this.#readAhead();
  }

  /** Draws a row as it is: what was ticked could not be done. */
  redraw({ key }: Row): void {
    const row = this.#byKey.get(key)?.row;
    if (row !== undefined) this.#changed.fire([row]);
  }

  getChildren(row?: Row): Row[] {
    return row === undefined ? this.#rows : row.children;
  }

  getParent(row: Row): Row | undefined {
    return this.#byKey.get(row.key)?.parent;
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const item = new vscode.TreeItem(row.label, foldingOf(row));
    item.id = row.key;
    item.description = row.description;
    item.tooltip =
      row.kind === "hunk" ? new vscode.MarkdownString().appendCodeblock(row.tooltip, "diff") : row.tooltip;
    item.contextValue = row.context;
    const icon = iconOf(row);
    if (icon !== undefined) item.iconPath = icon;
    if (row.kind === "file") {
      const checkout = this.spots.row(row.checkout);
      if (checkout !== undefined) item.resourceUri = statusUri(checkout, row.file);
    }
    if (row.accepted !== undefined) {
      item.checkboxState = {
        state: row.accepted ? vscode.TreeItemCheckboxState.Checked : vscode.TreeItemCheckboxState.Unchecked,
        tooltip: row.accepted
          ? vscode.l10n.t("Accepted. Take that back?")
          : vscode.l10n.t("Pending. Accept it?"),
      };
    }
    if (row.kind === "file" || row.kind === "hunk") {
      item.command = {
        title: vscode.l10n.t("Open"),
        command: "hedgerow.client.reviewFile",
        arguments: [row],
      };
    }
    if (row.kind === "more") {
      item.command = {
        title: vscode.l10n.t("Show More"),
        command: "hedgerow.client.moreFiles",
        arguments: [row],
      };
    }
    return item;
  }

  async reveal(checkout: string): Promise<void> {
    const row = this.#byKey.get(checkout)?.row;
    if (row !== undefined) await this.view.reveal(row, { select: true, focus: false, expand: true });
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
    this.view.dispose();
    this.#changed.dispose();
  }

  /** The editor knows a row by the object that it was given: it stays, and says what is so by now. */
  #keep(row: Row, parent: Row | undefined, before: ReadonlyMap<string, Known>): Row {
    const kept = before.get(row.key)?.row ?? row;
    const children = row.children.map((child) => this.#keep(child, kept, before));
    Object.assign(kept, row, { children });
    this.#byKey.set(row.key, { row: kept, parent });
    return kept;
  }

  #readAhead(): void {
    for (const { checkout, diff } of this.reviews.all) {
      if (diff === undefined || diff.files.length > READ_AT_ONCE) continue;
      for (const { path, kind } of diff.files) {
        if (kind === "text") void this.reviews.read(checkout, path);
      }
    }
  }

  #isUnsaved(checkout: string, path: string): boolean {
    const uri = this.spots.file(checkout, path)?.toString();
    return vscode.workspace.textDocuments.some(
      (document) => document.isDirty && document.uri.toString() === uri,
    );
  }
}

function foldingOf(row: Row): vscode.TreeItemCollapsibleState {
  if (row.kind === "review") return vscode.TreeItemCollapsibleState.Expanded;
  if (row.kind !== "file" || row.file.kind !== "text") return vscode.TreeItemCollapsibleState.None;
  return vscode.TreeItemCollapsibleState.Collapsed;
}

function iconOf(row: Row): vscode.ThemeIcon | undefined {
  switch (row.kind) {
    case "review":
      return new vscode.ThemeIcon("git-compare");
    case "file":
      return row.file.queued ? new vscode.ThemeIcon("clock") : vscode.ThemeIcon.File;
    case "rejected":
      return new vscode.ThemeIcon("close", new vscode.ThemeColor("disabledForeground"));
    case "more":
      return undefined;
    case "hunk": {
      const { state, oldCount, newCount } = row.hunk;
      if (state === "queued") return new vscode.ThemeIcon("clock");
      if (state === "accepted")
        return new vscode.ThemeIcon("check", new vscode.ThemeColor("disabledForeground"));
      const kind = oldCount === 0 ? "added" : newCount === 0 ? "removed" : "modified";
      const colour = { added: "added", removed: "deleted", modified: "modified" }[kind];
      return new vscode.ThemeIcon(
        `diff-${kind}`,
        new vscode.ThemeColor(`gitDecoration.${colour}ResourceForeground`),
      );
    }
  }
}
