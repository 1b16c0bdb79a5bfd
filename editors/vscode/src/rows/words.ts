/** How rows and moments read. Pure. */
import { t } from "../l10n";
import type { CheckoutRow } from "../protocol.generated";

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** What is checked out: the branch, or the abbreviated commit of a detached HEAD (a side bar has no room for more). */
export function headOf(row: CheckoutRow): string {
  return row.head.branch ?? row.head.oid?.slice(0, 8) ?? t("unknown HEAD");
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
  if (row.inLocal) parts.push(t("in Local"));
  if (row.operation != null) parts.push(t("in the middle of a {0}", row.operation));
  const changes = uncommitted(row);
  if (changes !== undefined && changes > 0) parts.push(t("{0} uncommitted", changes));
  if (row.counts != null && row.counts.conflicted > 0)
    parts.push(t("{0} in conflict", row.counts.conflicted));
  if (row.base?.ahead != null && row.base.ahead > 0) parts.push(t("{0} ahead", row.base.ahead));
  if (row.landed?.state === "landed") parts.push(t("landed"));
  if (row.kind === "kept") parts.push(t("kept"));
  if (row.kind === "foreign") parts.push(row.owner === "user" ? t("by hand") : t("by {0}", row.owner));
  if (row.locked != null) parts.push(t("locked"));
  if (row.setup === "failed") parts.push(t("set-up failed"));
  if (row.head.branch == null) parts.push(headOf(row));
  if (row.pending) parts.push("…");
  return parts.join(" · ");
}

/** "3 hours ago", from seconds since the epoch. */
export function ago(seconds: number, now: number = Date.now() / 1000): string {
  const past = Math.max(0, now - seconds);
  if (past < 60) return t("just now");
  if (past < 3600) return past < 120 ? t("1 minute ago") : t("{0} minutes ago", Math.floor(past / 60));
  if (past < 86_400) return past < 7200 ? t("1 hour ago") : t("{0} hours ago", Math.floor(past / 3600));
  return past < 172_800 ? t("1 day ago") : t("{0} days ago", Math.floor(past / 86_400));
}

export function files(count: number): string {
  return count === 1 ? t("1 file") : t("{0} files", count);
}

/** What became of an operation. */
export function stateOf({ state }: { state: string }): string {
  switch (state) {
    case "running":
      return t("under way");
    case "rolledBack":
      return t("taken back before it was done");
    case "undone":
      return t("undone");
    case "failed":
      return t("failed");
    case "done":
      return t("done");
    default:
      return state;
  }
}
