/**
 * The view "Sessions": sessions by what they need, and the checkouts without any below. Owns what of it is drawn again
 * and when; asks and changes nothing.
 */
import * as vscode from "vscode";
import type { List } from "../rows/list";
import { Arrangement } from "../rows/arrangement";
import type { Node, SessionNode } from "../rows/node";
import { needsPerson } from "../rows/order";
import { needs } from "../rows/sessionWords";
import { itemOf } from "./items";

export type { Node } from "../rows/node";

export class Tree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Node[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: vscode.TreeView<Node>;
  readonly #arrangement: Arrangement;
  readonly #listening: { dispose(): unknown }[];
  #older: NodeJS.Timeout | undefined;

  constructor(private readonly list: List) {
    this.#arrangement = new Arrangement(list);
    this.view = vscode.window.createTreeView<Node>("hedgerow.worktrees", {
      treeDataProvider: this,
      showCollapseAll: false,
    });
    const refresh = () => {
      this.refresh();
    };
    this.#listening = [
      { dispose: list.onChange(refresh) },
      this.view.onDidChangeVisibility(refresh), // ages rest while nobody sees them
    ];
  }

  /** Draws what differs from what is shown. */
  refresh(): void {
    const [selected] = this.view.selection;
    const difference = this.#arrangement.update(Date.now() / 1000);
    if (difference.kind === "all") this.#changed.fire(undefined);
    else if (difference.nodes.length > 0) this.#changed.fire(difference.nodes);
    const waiting = this.list.sessions.filter(needsPerson);
    this.view.badge =
      waiting.length === 0 ? undefined : { value: waiting.length, tooltip: needs(this.list.sessions) };
    if (selected?.kind === "session") this.#keepSelected(selected);
    this.#drawAges();
  }

  /** The row of a session, to be called on or revealed. */
  session(id: string): SessionNode | undefined {
    return this.#arrangement.session(id);
  }

  /** Shows a session in the view, selected. */
  async reveal(node: SessionNode, focus: boolean): Promise<void> {
    await this.view.reveal(node, { select: true, focus });
  }

  getChildren(node?: Node): Node[] {
    return node === undefined ? this.#arrangement.roots : this.#arrangement.children(node);
  }

  getParent(node: Node): Node | undefined {
    return this.#arrangement.parent(node);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const rest = this.list.repositories.length === 1 && this.list.sessions.some(({ archived }) => !archived);
    return itemOf(node, this.#arrangement, rest);
  }

  dispose(): void {
    clearTimeout(this.#older);
    for (const listening of this.#listening) listening.dispose();
    this.view.dispose();
    this.#changed.dispose();
  }

  /** A session that is selected stays so when it moves into another group. */
  #keepSelected(selected: SessionNode): void {
    const now = this.session(selected.row.id);
    if (now === undefined || now.key === selected.key || !this.view.visible) return;
    void this.view.reveal(now, { select: true, focus: false });
  }

  /** Draws those rows again whose age reads otherwise, when the first one does, as long as they are seen. */
  #drawAges(): void {
    clearTimeout(this.#older);
    const { stays } = this.#arrangement;
    if (!this.view.visible || stays === Infinity) return;
    this.#older = setTimeout(
      () => {
        this.refresh();
      },
      Math.max(1, stays) * 1000,
    );
  }
}
