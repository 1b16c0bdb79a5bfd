/** What a row of the view is about; it is what a command gets that is called on one. */
import type { CheckoutRow, RepositoryRow, SessionRow } from "../protocol.generated";
import type { GroupName } from "./order";

export interface SessionNode {
  readonly kind: "session";
  /** What it asks stands in a row of its own below it: beside its name there would be no room for it. */
  readonly part: "itself" | "question";
  readonly key: string;
  row: SessionRow;
  /** Where it works; undefined when that is gone. */
  checkout: CheckoutRow | undefined;
}

export interface CheckoutNode {
  readonly kind: "checkout";
  readonly key: string;
  row: CheckoutRow;
}

export interface RepositoryNode {
  readonly kind: "repository";
  readonly key: string;
  row: RepositoryRow;
}

/** Sessions that need the same of the person. */
export interface GroupNode {
  readonly kind: "group";
  readonly key: string;
  readonly group: GroupName;
}

export type Node = SessionNode | CheckoutNode | RepositoryNode | GroupNode;

/** The checkout that a row is about. */
export function checkoutOf(node: Node): CheckoutRow | undefined {
  if (node.kind === "checkout") return node.row;
  return node.kind === "session" ? node.checkout : undefined;
}
