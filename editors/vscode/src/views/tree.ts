/** The view "Worktrees": repositories and their checkouts, as the list has them. Draws; asks and changes nothing. */
import * as vscode from "vscode";
import type { List } from "../rows/list";
import type { CheckoutRow, RepositoryRow } from "../protocol.generated";
import { describe, headOf, plural } from "../rows/words";

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
  if (!row.trusted) item.description = "not trusted: only listed";
  else if (row.problems.length > 0) item.description = plural(row.problems.length, "problem");
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
  const head = row.head.kind === "detached" ? `detached at ${headOf(row)}` : headOf(row);
  const lines = [row.path, [head, row.head.subject].filter((part) => part != null).join(" · ")];
  if (row.counts != null) {
    const { staged, unstaged, untracked, conflicted } = row.counts;
    lines.push(`${staged} staged, ${unstaged} unstaged, ${untracked} untracked, ${conflicted} in conflict`);
  }
  if (row.base != null) {
    const { ahead, behind } = row.base;
    const distance = ahead != null && behind != null ? `: ${ahead} ahead, ${behind} behind` : "";
    lines.push(`reviewed against ${row.base.from ?? row.base.oid.slice(0, 8)}${distance}`);
  }
  if (row.locked != null) lines.push(row.locked.reason === "" ? "locked" : `locked: ${row.locked.reason}`);
  if (row.problem != null) lines.push(row.problem);
  return lines.join("\n");
}
