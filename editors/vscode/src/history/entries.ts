/** What was done and what was kept, as entries to be drawn, newest first. Pure. */
import { t } from "../l10n";
import type { HistoryResult, Operation, RepositoryRow, Snapshot } from "../protocol.generated";
import { withoutShell } from "../rows/sessionWords";
import { files, stateOf } from "../rows/words";

export type Entry =
  | { kind: "operation"; row: Operation; repository: RepositoryRow }
  | { kind: "snapshot"; row: Snapshot; repository: RepositoryRow };

export interface History {
  operations: Extract<Entry, { kind: "operation" }>[];
  snapshots: Extract<Entry, { kind: "snapshot" }>[];
}

/** The histories of several repositories as one. */
export function merged(answers: { repository: RepositoryRow; answer: HistoryResult }[]): History {
  const operations = answers.flatMap(({ repository, answer }) =>
    answer.operations.map((row) => ({ kind: "operation", row, repository }) as const),
  );
  const snapshots = answers.flatMap(({ repository, answer }) =>
    answer.snapshots.map((row) => ({ kind: "snapshot", row, repository }) as const),
  );
  return {
    operations: operations.sort((a, b) => b.row.started - a.row.started),
    snapshots: snapshots.sort((a, b) => b.row.created - a.row.created),
  };
}

/** The clock for today and the date before: unlike "3 minutes ago", it stays true while it stands there. */
export function clock(seconds: number, language: string, now = new Date()): string {
  const at = new Date(seconds * 1000);
  const today = at.toDateString() === now.toDateString();
  const year = at.getFullYear() === now.getFullYear() ? {} : ({ year: "numeric" } as const);
  return today
    ? at.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" })
    : at.toLocaleDateString(language, { day: "numeric", month: "short", ...year });
}

/** The sentence of an operation without what only its own moment needed: the hover and the details have it whole. */
export function titleOf(entry: Entry): string {
  if (entry.kind === "snapshot") return entry.row.name;
  const [first = ""] = withoutShell(entry.row.title).split(";");
  return first.replaceAll(/ \([^()]*\)/g, "").replace(/ at \/.*$/, "");
}

/** Beside an entry's title. With several repositories it says which one. */
export function describe(entry: Entry, language: string, several: boolean, now = new Date()): string {
  const parts =
    entry.kind === "operation"
      ? [clock(entry.row.started, language, now), ...(entry.row.state === "done" ? [] : [stateOf(entry.row)])]
      : [clock(entry.row.created, language, now), entry.row.reason, files(entry.row.files)];
  if (several) parts.push(entry.repository.name);
  return parts.filter((part) => part !== "").join(" · ");
}

export function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  const rounded = amount >= 10 || unit === 0 ? amount.toFixed(0) : amount.toFixed(1);
  return `${rounded} ${units[unit] ?? ""}`;
}

/** What the menus of a row go by. */
export function contextOf(entry: Entry): string {
  if (entry.kind === "snapshot") return "snapshot";
  return entry.row.undoable && entry.row.state === "done" ? "operation+undoable" : "operation";
}

export function tooltip(entry: Entry, language: string): string {
  const at = (seconds: number) => new Date(seconds * 1000).toLocaleString(language);
  if (entry.kind === "snapshot") {
    const { name, path, head, created, reason, sizeBytes, ref } = entry.row;
    return [
      t("{0} at {1}", name, at(created)),
      path,
      ...(head === null ? [] : [head]),
      t("taken for: {0}", reason),
      t("{0}, {1} on disk", files(entry.row.files), size(sizeBytes)),
      `git stash apply --index ${ref}`,
    ].join("\n");
  }
  const { title, started, state, error, snapshots } = entry.row;
  return [
    title,
    t("{0}, {1}", at(started), stateOf({ state })),
    ...(snapshots.length === 0 ? [] : [t("with {0} taken before", countOf(snapshots.length))]),
    ...(error === null ? [] : [error]),
  ].join("\n");
}

function countOf(snapshots: number): string {
  return snapshots === 1 ? t("1 snapshot") : t("{0} snapshots", snapshots);
}
