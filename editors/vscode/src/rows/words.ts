/** How rows and moments read. Pure. */
import type { CheckoutRow } from "../protocol.generated";

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** What is checked out: the branch, or the abbreviated commit of a detached HEAD (a side bar has no room for more). */
export function headOf(row: CheckoutRow): string {
  return row.head.branch ?? row.head.oid?.slice(0, 8) ?? "unknown HEAD";
}

/** Uncommitted paths; undefined while they are being counted. */
export function uncommitted(row: CheckoutRow): number | undefined {
  const counts = row.counts;
  return counts == null ? undefined : counts.staged + counts.unstaged + counts.untracked + counts.conflicted;
}

/** One line beside the label: the branch and what stands out. It may be cut off, so a mere commit comes last. */
export function describe(row: CheckoutRow): string {
  const parts = row.head.branch == null ? [] : [row.head.branch];
  if (row.state !== "ok") parts.push(row.state);
  if (row.inLocal) parts.push("in Local");
  if (row.operation != null) parts.push(`in the middle of a ${row.operation}`);
  const changes = uncommitted(row);
  if (changes !== undefined && changes > 0) parts.push(`${changes} uncommitted`);
  if (row.counts != null && row.counts.conflicted > 0) parts.push(`${row.counts.conflicted} in conflict`);
  if (row.base?.ahead != null && row.base.ahead > 0) parts.push(`${row.base.ahead} ahead`);
  if (row.landed?.state === "landed") parts.push("landed");
  if (row.kind === "kept") parts.push("kept");
  if (row.kind === "foreign") parts.push(row.owner === "user" ? "by hand" : `by ${row.owner}`);
  if (row.locked != null) parts.push("locked");
  if (row.setup === "failed") parts.push("set-up failed");
  if (row.head.branch == null) parts.push(headOf(row));
  if (row.pending) parts.push("…");
  return parts.join(" · ");
}

/** "3 hours ago", from seconds since the epoch. */
export function ago(seconds: number, now: number = Date.now() / 1000): string {
  const past = Math.max(0, now - seconds);
  const units: [number, string][] = [
    [86_400, "day"],
    [3600, "hour"],
    [60, "minute"],
  ];
  for (const [size, unit] of units) {
    if (past >= size) return `${plural(Math.floor(past / size), unit)} ago`;
  }
  return "just now";
}
