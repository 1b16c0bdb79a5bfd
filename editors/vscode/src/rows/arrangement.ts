/**
 * The rows of the view as they stand, and what of them differs after a change, so that only that is drawn again. Pure.
 * A row keeps its node as long as it stays in its group.
 */
import type { CheckoutRow, SessionRow } from "../protocol.generated";
import type { List } from "./list";
import type { CheckoutNode, GroupNode, Node, RepositoryNode, SessionNode } from "./node";
import { families, type GroupName } from "./order";
import { describeSession } from "./sessionWords";

/** What has to be drawn again: everything, or these rows with all below them. */
export type Difference = { kind: "all" } | { kind: "some"; nodes: Node[] };

interface Placed {
  node: Node;
  children: string[];
  /** All that is drawn of the row. */
  face: string;
}

export class Arrangement {
  #placed = new Map<string, Placed>();
  #roots: string[] = [];
  #stays = Infinity;

  constructor(private readonly list: List) {}

  get roots(): Node[] {
    return this.#nodes(this.#roots);
  }

  /** In how many seconds an age reads otherwise than now. */
  get stays(): number {
    return this.#stays;
  }

  children(node: Node): Node[] {
    return this.#nodes(this.#placed.get(node.key)?.children ?? []);
  }

  parent(node: Node): Node | undefined {
    return [...this.#placed.values()].find(({ children }) => children.includes(node.key))?.node;
  }

  /** The row of a session, wherever it stands. */
  session(id: string): SessionNode | undefined {
    for (const { node } of this.#placed.values())
      if (node.kind === "session" && node.part === "itself" && node.row.id === id) return node;
    return undefined;
  }

  /** The number that belongs beside a group. */
  count(group: GroupNode): number {
    const among = (node: Node): number =>
      this.children(node).reduce((sum, child) => sum + among(child) + (isQuestion(child) ? 0 : 1), 0);
    return among(group);
  }

  /** The repository of a row, where rows of several are shown. */
  repositoryName(row: SessionRow): string | undefined {
    if (this.list.repositories.length < 2 || row.repository == null) return undefined;
    return this.list.repository(row.repository)?.name;
  }

  /** Takes in what the list has now. */
  update(now: number): Difference {
    const before = this.#placed;
    const rootsBefore = this.#roots;
    this.#placed = new Map();
    this.#stays = Infinity;
    this.#roots = [...this.#sessionGroups(before, now), ...this.#repositories(before)];
    if (this.#roots.join("\n") !== rootsBefore.join("\n")) return { kind: "all" };
    const nodes: Node[] = [];
    const compare = (keys: string[]) => {
      for (const key of keys) {
        const [was, is] = [before.get(key), this.#placed.get(key)];
        if (was === undefined || is === undefined) continue; // drawn with what holds it
        if (was.children.join("\n") !== is.children.join("\n") || was.face !== is.face) nodes.push(is.node);
        // A row that is drawn again is drawn with what is below it.
        if (nodes.at(-1) !== is.node) compare(is.children);
      }
    };
    compare(this.#roots);
    return { kind: "some", nodes };
  }

  #sessionGroups(before: Map<string, Placed>, now: number): string[] {
    const groups = new Map<GroupName, string[]>();
    for (const { group, members } of families(this.list.sessions)) {
      const family = members.length > 1;
      const [root, ...forks] = members.map((row, at) =>
        this.#session(before, group, row, now, family && at === 0),
      );
      if (root === undefined) continue;
      root.children.push(...forks.map(({ node }) => node.key));
      const keys = groups.get(group);
      if (keys === undefined) groups.set(group, [root.node.key]);
      else keys.push(root.node.key);
    }
    return [...groups].map(([group, children]) => {
      const key = `group/${group}`;
      const node = (before.get(key)?.node ?? { kind: "group", key, group }) satisfies Node;
      this.#placed.set(key, { node, children, face: "" });
      return key;
    });
  }

  #session(
    before: Map<string, Placed>,
    group: GroupName,
    row: SessionRow,
    now: number,
    heads: boolean, // forks stand below it
  ): Placed {
    const asked = row.phase === "waiting" ? row.question : null;
    // A row with another question, or with its first fork, is another row: the editor keeps one folded that was so
    // before, or had nothing below.
    const below = [...(asked == null ? [] : [asked.id]), ...(heads ? ["forks"] : [])];
    const key = [group, row.id, ...below].join("/");
    const checkout = row.checkout == null ? undefined : this.list.checkout(row.checkout);
    const node = sessionNode(before, key, "itself", row, checkout);
    const { text, stays } = describeSession(row, checkout, this.repositoryName(row), now);
    this.#stays = Math.min(this.#stays, stays);
    // Neither when there was a sign of life last, nor since when it is in its phase, but for its age in the text.
    const face = JSON.stringify([
      text,
      { ...row, active: null, since: null },
      [checkout?.label, checkout?.kind, checkout?.state, checkout?.head, checkout?.counts, checkout?.base],
    ]);
    const placed: Placed = { node, children: [], face };
    this.#placed.set(key, placed);
    if (asked != null) {
      const question = sessionNode(before, `${key}/question`, "question", row, checkout);
      this.#placed.set(question.key, {
        node: question,
        children: [],
        face: JSON.stringify([row.label, asked]),
      });
      placed.children.push(question.key);
    }
    return placed;
  }

  #repositories(before: Map<string, Placed>): string[] {
    const at = new Set(this.list.sessions.flatMap((row) => (row.archived ? [] : [row.checkout])));
    return this.list.repositories.map((row) => {
      const key = `repository/${row.id}`;
      const known = before.get(key)?.node;
      const node: RepositoryNode = known?.kind === "repository" ? known : { kind: "repository", key, row };
      node.row = row;
      const free = this.list.checkouts(row.id).filter(({ id }) => !at.has(id));
      const children = free.map((checkout) => this.#checkout(before, checkout));
      const face = JSON.stringify([row, this.list.repositories.length, at.size > 0]);
      this.#placed.set(key, { node, children, face });
      return key;
    });
  }

  #checkout(before: Map<string, Placed>, row: CheckoutRow): string {
    const key = `checkout/${row.id}`;
    const known = before.get(key)?.node;
    const node: CheckoutNode = known?.kind === "checkout" ? known : { kind: "checkout", key, row };
    node.row = row;
    // Where it stands is all that its last sign of life is good for.
    const face = JSON.stringify({ ...row, active: null });
    this.#placed.set(key, { node, children: [], face });
    return key;
  }

  #nodes(keys: string[]): Node[] {
    return keys.flatMap((key) => this.#placed.get(key)?.node ?? []);
  }
}

function isQuestion(node: Node): boolean {
  return node.kind === "session" && node.part === "question";
}

/** The node that there was, with what it is about by now. */
function sessionNode(
  before: Map<string, Placed>,
  key: string,
  part: SessionNode["part"],
  row: SessionRow,
  checkout: CheckoutRow | undefined,
): SessionNode {
  const known = before.get(key)?.node;
  const node: SessionNode = known?.kind === "session" ? known : { kind: "session", part, key, row, checkout };
  node.row = row;
  node.checkout = checkout;
  return node;
}
