/** The view "Worktrees": repositories and their checkouts, as the list has them. Draws; asks and changes nothing. */
import * as vscode from "vscode";
import { t } from "../l10n";
import type { List } from "../rows/list";
import type { CheckoutRow, RepositoryRow } from "../protocol.generated";
import { describe, headOf } from "../rows/words";

export type Node = { kind: "repository"; row: RepositoryRow } | { kind: "checkout"; row: CheckoutRow };

export class Tree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: vscode.TreeView<Node>;

  constructor(private readonly list: List) {
    this.view = vscode.window.createTreeView("hedgerow.worktrees", {
      treeDataProvider: this,
      showCollapseAll: false,
    });
  }

  refresh(): void {
    this.#changed.fire(undefined);
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) return this.list.repositories.map((row) => ({ kind: "repository", row }));
    if (node.kind === "checkout") return [];
    return this.list.checkouts(node.row.id).map((row) => ({ kind: "checkout", row }));
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.kind === "repository" ? repositoryItem(node.row) : checkoutItem(node.row);
  }

  dispose(): void {
    this.view.dispose();
    this.#changed.dispose();
  }
}

function repositoryItem(row: RepositoryRow): vscode.TreeItem {
  const item = new vscode.TreeItem(row.name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = row.id;
  item.iconPath = new vscode.ThemeIcon(row.problems.length > 0 ? "warning" : "repo");
  item.tooltip = [row.path, ...row.problems].join("\n");
  item.contextValue = "repository";
  if (!row.trusted) item.description = t("not trusted: only listed");
  else if (row.problems.length > 0)
    item.description = row.problems.length === 1 ? t("1 problem") : t("{0} problems", row.problems.length);
  return item;
}

function checkoutItem(row: CheckoutRow): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label);
  item.id = row.id;
  item.description = describe(row);
  item.iconPath = icon(row);
  item.tooltip = tooltip(row);
  item.contextValue = `checkout.${row.kind}+${row.state}`;
  return item;
}

function icon(row: CheckoutRow): vscode.ThemeIcon {
  if (row.pending || row.state === "making") return new vscode.ThemeIcon("sync~spin");
  if (row.state !== "ok" || row.problem != null) {
    return new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
  }
  switch (row.kind) {
    case "local":
      return new vscode.ThemeIcon("home");
    case "managed":
      return new vscode.ThemeIcon("list-tree");
    case "kept":
      return new vscode.ThemeIcon("pinned");
    case "foreign":
      return new vscode.ThemeIcon("person");
  }
}

function tooltip(row: CheckoutRow): string {
  const head = row.head.kind === "detached" ? t("detached at {0}", headOf(row)) : headOf(row);
  const lines = [row.path, [head, row.head.subject].filter((part) => part != null).join(" · ")];
  if (row.counts != null) {
    const { staged, unstaged, untracked, conflicted } = row.counts;
    lines.push(
      t("{0} staged, {1} unstaged, {2} untracked, {3} in conflict", staged, unstaged, untracked, conflicted),
    );
  }
  if (row.base != null) {
    const { ahead, behind } = row.base;
    const base = row.base.from ?? row.base.oid.slice(0, 8);
    lines.push(
      ahead != null && behind != null
        ? t("reviewed against {0}: {1} ahead, {2} behind", base, ahead, behind)
        : t("reviewed against {0}", base),
    );
  }
  if (row.locked != null)
    lines.push(row.locked.reason === "" ? t("locked") : t("locked: {0}", row.locked.reason));
  if (row.problem != null) lines.push(row.problem);
  return lines.join("\n");
}
