/** How a review reads: lenses, rows and counts. Pure. */
import { t } from "../l10n";
import type { Comment, DiffTotals, FileChange, Hunk, HunksResult } from "../protocol.generated";
import { gist } from "./patch";

export const LETTERS: Record<FileChange["status"], string> = {
  added: "A",
  deleted: "D",
  modified: "M",
  renamed: "R",
  mode: "P",
  type: "T",
  conflicted: "C",
};

export function statusName(status: FileChange["status"]): string {
  switch (status) {
    case "added":
      return t("added");
    case "deleted":
      return t("deleted");
    case "modified":
      return t("modified");
    case "renamed":
      return t("renamed");
    case "mode":
      return t("its mode differs");
    case "type":
      return t("its kind differs");
    case "conflicted":
      return t("in conflict");
  }
}

/** Hunks that wait for the person, and all of them. */
export function tally(hunks: readonly Hunk[]): { pending: number; queued: number; all: number } {
  const of = (state: Hunk["state"]) => hunks.filter((hunk) => hunk.state === state).length;
  return { pending: of("pending"), queued: of("queued"), all: hunks.length };
}

/** `+4 −1`; empty where there are no lines. */
export function counts(added: number | null, removed: number | null): string {
  return [added ? `+${added}` : "", removed ? `−${removed}` : ""].filter((part) => part !== "").join(" ");
}

export function hunkLabel(hunk: Hunk): string {
  const { words } = gist(hunk.text);
  const line = hunk.newCount === 0 ? hunk.newStart + 1 : hunk.newStart;
  return words === "" ? t("line {0}: blank lines", line) : `${line}: ${words}`;
}

export function hunkDescription(hunk: Hunk): string {
  const { added, removed } = gist(hunk.text);
  const queued = hunk.state === "queued" ? t("rejected when the turn ends") : "";
  return [counts(added, removed), queued].filter((part) => part !== "").join(" · ");
}

/** Beside the name of a file: where it is, what is left to look at. Its letter is a badge. */
export function fileDescription(
  file: FileChange,
  reading: HunksResult | undefined,
  unsaved: boolean,
  rejected: number,
): string {
  const slash = file.path.lastIndexOf("/");
  const parts: string[] = [];
  if (slash > 0) parts.push(file.path.slice(0, slash));
  if (file.oldPath !== null) parts.push(`← ${file.oldPath}`);
  if (file.kind !== "text") parts.push(KINDS()[file.kind]);
  if (unsaved) parts.push(t("not saved"));
  parts.push(standing(file, reading));
  if (rejected > 0) parts.push(t("{0} rejected", rejected));
  return parts.filter((part) => part !== "").join(" · ");
}

function standing(file: FileChange, reading: HunksResult | undefined): string {
  if (file.queued) return t("rejected when the turn ends");
  if (!file.pending) return t("accepted");
  const { pending, all } = tally(reading?.hunks ?? []);
  if (all > 0) return pending === all ? hunksOf(all) : t("{0} of {1} pending", pending, all);
  return counts(file.added, file.removed);
}

const KINDS = () => ({ text: "", binary: t("binary"), link: t("link"), submodule: t("submodule") });

export function hunksOf(count: number): string {
  return count === 1 ? t("1 hunk") : t("{0} hunks", count);
}

export function filesOf(count: number): string {
  return count === 1 ? t("1 file") : t("{0} files", count);
}

/** Beside the name of a worktree under review. */
export function reviewDescription(totals: DiffTotals, drafts: number): string {
  const parts = [
    totals.files === 0
      ? t("nothing differs")
      : totals.pending === 0
        ? t("all accepted")
        : t("{0} of {1} pending", totals.pending, filesOf(totals.files)),
  ];
  if (drafts > 0) parts.push(draftsOf(drafts));
  return parts.join(" · ");
}

export function draftsOf(count: number): string {
  return count === 1 ? t("1 comment to send") : t("{0} comments to send", count);
}

/** What is done with the whole of a file where it has no hunks to decide on: its name, its mode, its being there. */
export function wholeFile(reading: HunksResult): { what: string; accept: string; reject: string } {
  switch (reading.status) {
    case "added":
      return { what: t("New file"), accept: t("Accept"), reject: t("Delete It") };
    case "deleted":
      return {
        what: t("Deleted"),
        accept: t("Accept"),
        reject: t("Restore It"),
      };
    case "renamed":
      return {
        what: t("Renamed from {0}", reading.oldPath ?? ""),
        accept: t("Accept"),
        reject: t("Reject"),
      };
    case "mode":
      return {
        what: t("Mode {0} → {1}", reading.oldMode ?? "", reading.newMode ?? ""),
        accept: t("Accept"),
        reject: t("Reject"),
      };
    case "modified":
    case "type":
    case "conflicted":
    case null:
      return { what: "", accept: t("Accept File"), reject: t("Reject File") };
  }
}

/** `2/5 hunks`: what is pending of what there is. */
export function progress(hunks: readonly Hunk[]): string {
  const { pending, all } = tally(hunks);
  return all === 1 ? t("{0}/1 hunk", pending) : t("{0}/{1} hunks", pending, all);
}

/** How a comment stands, beside its author. */
export function standingOf(comment: Comment): string {
  switch (comment.state) {
    case "draft":
      return t("Draft");
    case "sent":
      return t("Sent");
    case "outdated":
      return comment.sent === null ? t("Draft · its lines are gone") : t("Sent · its lines are gone");
    case "resolved":
      return t("Resolved");
  }
}

/** `12` or `12-20` as lines from 0, both part of it. */
export function linesOfComment(lines: string): { first: number; last: number } {
  const [first = 1, last = first] = lines.split("-").map(Number);
  return { first: first - 1, last: last - 1 };
}
