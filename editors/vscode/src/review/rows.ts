/**
 * The rows of the view "Review": worktrees, their files, their hunks, and what was rejected here. Owns how they look and
 * which of them differ from those before. Pure.
 */
import { t } from "../l10n";
import type { DiffResult, FileChange, Hunk, HunksResult } from "../protocol.generated";
import { fileDescription, hunkDescription, hunkLabel, reviewDescription } from "./words";

interface Look {
  /** The same for the same thing, whatever is known of it. */
  key: string;
  label: string;
  description: string;
  tooltip: string;
  /** What menus go by. */
  context: string;
  /** Whether it is accepted; undefined where that is no question. */
  accepted?: boolean;
  children: Row[];
}

export type Row =
  | (Look & { kind: "review"; checkout: string })
  | (Look & { kind: "file"; checkout: string; path: string; file: FileChange })
  | (Look & { kind: "hunk"; checkout: string; path: string; hunk: Hunk })
  | (Look & { kind: "rejected"; checkout: string; path: string; operation: string })
  | (Look & { kind: "more"; checkout: string });

/** What is known of one review. */
export interface Known {
  checkout: string;
  label: string;
  path: string;
  diff: DiffResult | undefined;
  drafts: number;
  reading(path: string): HunksResult | undefined;
  isUnsaved(path: string): boolean;
  rejected: readonly { operation: string; path: string; label: string }[];
}

export function rowOf(known: Known): Row {
  const { checkout, diff } = known;
  const key = checkout;
  const files = diff?.files ?? [];
  const gone = [...new Set(known.rejected.map(({ path }) => path))].filter(
    (path) => !files.some((file) => file.path === path),
  );
  const children: Row[] = [
    ...files.map((file) => fileRow(known, file)),
    ...gone.flatMap((path) => rejectedRows(known, path, path.slice(path.lastIndexOf("/") + 1))),
  ];
  if (diff !== undefined && diff.totals.files > files.length) {
    const left = diff.totals.files - files.length;
    children.push({
      kind: "more",
      checkout,
      key: `${key}\nmore`,
      label: t("… and {0} more files", left),
      description: t("show more"),
      tooltip: t("The first {0} are shown. Click for more.", files.length),
      context: "more",
      children: [],
    });
  }
  return {
    kind: "review",
    checkout,
    key,
    label: known.label,
    description: diff === undefined ? t("looking …") : reviewDescription(diff.totals, known.drafts),
    tooltip: known.path,
    context: `review${known.drafts > 0 ? "+drafts" : ""}${diff !== undefined && diff.totals.pending > 0 ? "+pending" : ""}`,
    children,
  };
}

function fileRow(known: Known, file: FileChange): Row {
  const { checkout } = known;
  const { path } = file;
  const reading = known.reading(path);
  const hunks = file.kind === "text" ? (reading?.hunks ?? []) : [];
  const rejected = rejectedRows(known, path, "");
  const name = path.slice(path.lastIndexOf("/") + 1);
  return {
    kind: "file",
    checkout,
    path,
    file,
    key: `${checkout}\n${path}`,
    label: name,
    description: fileDescription(file, reading, known.isUnsaved(path), rejected.length),
    tooltip: file.oldPath === null ? path : `${file.oldPath} → ${path}`,
    context: `file+${file.queued ? "queued" : file.pending ? "pending" : "accepted"}`,
    accepted: !file.pending,
    children: [...hunks.map((hunk) => hunkRow(checkout, path, hunk)), ...rejected],
  };
}

function hunkRow(checkout: string, path: string, hunk: Hunk): Row {
  return {
    kind: "hunk",
    checkout,
    path,
    hunk,
    key: `${checkout}\n${path}\n${hunk.id}`,
    label: hunkLabel(hunk),
    description: hunkDescription(hunk),
    tooltip: hunk.text.length > TOOLTIP ? `${hunk.text.slice(0, TOOLTIP)}…` : hunk.text,
    context: `hunk+${hunk.state}`,
    accepted: hunk.state === "accepted",
    children: [],
  };
}

const TOOLTIP = 2000;

/** @param name of the file, where no row above says it */
function rejectedRows({ checkout, rejected }: Known, path: string, name: string): Row[] {
  return rejected
    .filter((one) => one.path === path)
    .map(({ operation, label }) => ({
      kind: "rejected",
      checkout,
      path,
      operation,
      key: `${checkout}\n${path}\nrejected ${operation}`,
      label: name === "" || label === name ? label : `${name} ${label}`,
      description: t("rejected"),
      tooltip: t("Rejected here. Undo brings it back."),
      context: "rejected",
      children: [],
    }));
}

/** Keys of rows that are to be drawn anew; `all` where worktrees came or went. */
export type Difference = "all" | string[];

/**
 * Which rows look other than before. A row whose children came or went is drawn anew with them; else only those that
 * differ are, so that nothing unfolds, folds or flickers.
 */
export function difference(before: readonly Row[], after: readonly Row[]): Difference {
  if (!sameKeys(before, after)) return "all";
  const keys: string[] = [];
  after.forEach((row, index) => {
    collect(before[index], row, keys);
  });
  return keys;
}

function collect(before: Row | undefined, after: Row, keys: string[]): void {
  if (
    before === undefined ||
    !sameKeys(before.children, after.children) ||
    looksOf(before) !== looksOf(after)
  ) {
    keys.push(after.key); // the editor asks for its children anew, and draws what of them differs
  }
  if (before === undefined || !sameKeys(before.children, after.children)) return;
  after.children.forEach((child, index) => {
    collect(before.children[index], child, keys);
  });
}

function sameKeys(before: readonly Row[], after: readonly Row[]): boolean {
  return before.length === after.length && before.every(({ key }, index) => key === after[index]?.key);
}

function looksOf({ label, description, tooltip, context, accepted }: Row): string {
  return JSON.stringify([label, description, tooltip, context, accepted]);
}
