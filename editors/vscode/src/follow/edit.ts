/** One edit of a followed checkout: which lines it marks, and how it reads. Pure. */
import { relative } from "node:path";
import { t } from "../l10n";
import type { Edited } from "../protocol.generated";

/** Whole lines from 0, `after` not among them; with `first == after`, lines went from before `first`. */
export interface Lines {
  first: number;
  after: number;
}

/** Whether the edit left a text that can be shown. */
export function isShown({ kind }: Edited): boolean {
  return kind === "created" || kind === "changed" || kind === "renamed";
}

/** The lines to mark in a text of so many lines, which may be a later one than the edit's. */
export function linesOf({ range }: Edited, count: number): Lines {
  if (range == null) return { first: 0, after: 0 };
  const first = Math.max(0, Math.min(range.start.line, count - 1));
  const after = range.end.line + (range.end.character > 0 ? 1 : 0);
  return { first, after: after <= range.start.line ? first : Math.max(first, Math.min(after, count)) };
}

/** One sentence on what happened to the file. */
export function wordsOf(edited: Edited, path: string, root: string | undefined): string {
  const name = root === undefined ? path : relative(root, path) || path;
  switch (edited.kind) {
    case "created":
      return t("{0} is new", name);
    case "changed":
      return edited.range == null
        ? t("{0} was changed", name)
        : t("{0} was changed at line {1}", name, edited.range.start.line + 1);
    case "renamed":
      return t("{0} was renamed", name);
    case "deleted":
      return t("{0} was deleted", name);
    case "binary":
      return t("{0} was changed, and is no text", name);
    case "many":
      return t("{0} files were changed at once", edited.count ?? 0);
  }
}
