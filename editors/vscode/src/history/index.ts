/**
 * The view "History": what was done in the repositories that are open, and the snapshots that can be restored. Reads
 * while somebody can see it, when something has happened; draws, and hands what is asked of a row to the runner.
 */
import * as vscode from "vscode";
import type { Pages } from "../commands/pages";
import type { Own, Palette } from "../commands/palette";
import { restoredTo } from "../commands/prompts";
import type { Runner } from "../commands/runner";
import { detailsText } from "../commands/texts";
import { t } from "../l10n";
import type { List } from "../rows/list";
import { refusal } from "../server/refusal";
import { NoServer, type Server } from "../server/server";
import {
  contextOf,
  describe,
  type Entry,
  type History as Known,
  merged,
  size,
  titleOf,
  tooltip,
} from "./entries";

type Node = Entry | { kind: "operations" } | { kind: "snapshots" };

/** What happens at once is read once. */
const TOGETHER_MS = 250;

export class History implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<Node>;
  readonly #registered: vscode.Disposable[];
  #known: Known = { operations: [], snapshots: [] };
  #stale = true;
  #reading = false;
  #soon: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: Server,
    private readonly list: List,
    private readonly runner: Runner,
    private readonly pages: Pages,
    palette: Palette,
  ) {
    this.#view = vscode.window.createTreeView("hedgerow.history", { treeDataProvider: this });
    const stop = list.onChange(() => {
      this.#touch();
    });
    const register = (id: string, run: (entry?: Entry) => unknown) =>
      vscode.commands.registerCommand(`hedgerow.client.${id}`, run);
    const show: Own = async () => {
      await vscode.commands.executeCommand("hedgerow.history.focus");
    };
    palette.own("history", show, { everywhere: true });
    this.#registered = [
      this.#view,
      new vscode.Disposable(stop),
      server.onChange(() => {
        this.#touch();
      }),
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (visible && this.#stale) void this.#read();
      }),
      register("undoOperation", (entry) => this.#undo(entry)),
      register("restoreSnapshot", (entry) => this.#restore(entry)),
      register("showEntry", (entry) => this.#show(entry)),
    ];
  }

  getChildren(node?: Node): Node[] {
    const { operations, snapshots } = this.#known;
    if (node === undefined) {
      return [
        ...(operations.length > 0 ? [{ kind: "operations" } as const] : []),
        ...(snapshots.length > 0 ? [{ kind: "snapshots" } as const] : []),
      ];
    }
    if (node.kind === "operations") return operations;
    return node.kind === "snapshots" ? snapshots : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.kind === "operations" || node.kind === "snapshots"
      ? this.#group(node.kind)
      : this.#entry(node);
  }

  dispose(): void {
    clearTimeout(this.#soon);
    for (const registered of this.#registered) registered.dispose();
    this.#changed.dispose();
  }

  #group(kind: "operations" | "snapshots"): vscode.TreeItem {
    const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
    const done = kind === "operations";
    const item = new vscode.TreeItem(done ? t("What was done") : t("Snapshots"), done ? Expanded : Collapsed);
    item.id = kind;
    item.contextValue = `group.${kind}`;
    const bytes = this.#known.snapshots.reduce((sum, { row }) => sum + row.sizeBytes, 0);
    if (!done) item.description = `${this.#known.snapshots.length} · ${size(bytes)}`;
    return item;
  }

  #entry(entry: Entry): vscode.TreeItem {
    const language = vscode.env.language;
    const item = new vscode.TreeItem(titleOf(entry));
    item.id = `${entry.kind}:${entry.row.id}`;
    item.description = describe(entry, language, this.list.repositories.length > 1);
    item.tooltip = tooltip(entry, language);
    item.iconPath = icon(entry);
    item.contextValue = contextOf(entry);
    item.command = { command: "hedgerow.client.showEntry", title: t("Show Details"), arguments: [entry] };
    return item;
  }

  /** Something may have been done: read now if somebody looks, else when they do. */
  #touch(): void {
    this.#stale = true;
    if (!this.#view.visible) return;
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => void this.#read(), TOGETHER_MS);
  }

  async #read(): Promise<void> {
    if (this.#reading || !this.list.loaded) return;
    this.#reading = true;
    try {
      while (this.#stale) {
        this.#stale = false;
        const repositories = this.list.repositories;
        const answers = await Promise.all(
          repositories.map(async (repository) => ({
            repository,
            answer: await this.server.request("history", { repository: repository.path }),
          })),
        );
        this.#known = merged(answers);
        this.#changed.fire(undefined);
      }
    } catch (error) {
      // What is there stays; a server that is gone says so itself, and anything else is read again at the next change.
      if (!(error instanceof NoServer)) this.server.log.warn(`history: ${refusal(error).message}`);
    } finally {
      this.#reading = false;
    }
  }

  async #undo(entry: Entry | undefined): Promise<void> {
    if (entry?.kind !== "operation") return;
    const params = { repository: entry.repository.path, operation: entry.row.id };
    await this.runner.change("undo", t("Undo"), params);
  }

  async #restore(entry: Entry | undefined): Promise<void> {
    if (entry?.kind !== "snapshot") return;
    const place = await restoredTo(t("Restore"), this.list, entry.row);
    if (place === undefined) return;
    const params = { repository: entry.repository.path, snapshot: entry.row.id, ...place };
    await this.runner.change("restore", t("Restore"), params);
  }

  async #show(entry: Entry | undefined): Promise<void> {
    if (entry === undefined) return;
    const params = { repository: entry.repository.path, id: entry.row.id };
    const answer = await this.runner.answer("show", t("Show Details"), params);
    if (answer !== undefined)
      await this.pages.show(t("Hedgerow: details") + ".txt", detailsText(answer), true);
  }
}

function icon(entry: Entry): vscode.ThemeIcon {
  if (entry.kind === "snapshot") return new vscode.ThemeIcon("archive");
  switch (entry.row.state) {
    case "running":
      return new vscode.ThemeIcon("sync");
    case "failed":
      return new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
    case "undone":
      return new vscode.ThemeIcon("discard");
    case "rolledBack":
      return new vscode.ThemeIcon("circle-slash");
    default:
      return new vscode.ThemeIcon("check");
  }
}
