/** In which order sessions stand: what needs the person first. Pure. */
import type { Phase, SessionRow } from "../protocol.generated";

/** The groups of the list, in its order. */
export const GROUPS = ["waiting", "done", "working", "failed", "unknown", "idle", "parked"] as const;
export type GroupName = (typeof GROUPS)[number];

export function groupOf(phase: Phase): GroupName {
  if (phase === "starting") return "working";
  return phase === "ended" ? "parked" : phase;
}

/** Sessions that were forked from one another, the root first. */
export interface Family {
  group: GroupName;
  members: [SessionRow, ...SessionRow[]];
}

const rank = (row: SessionRow) => GROUPS.indexOf(groupOf(row.phase));

/**
 * Below zero when `a` stands before `b`. What waits longest comes first; what works stands in the order of its starts,
 * so that it does not jump; what rests, newest first.
 */
function compare(a: SessionRow, b: SessionRow): number {
  const apart = rank(a) - rank(b);
  if (apart !== 0) return apart;
  const key = (row: SessionRow) => {
    const since = row.since ?? row.started ?? 0;
    const group = groupOf(row.phase);
    if (group === "working" || group === "unknown") return row.started ?? since;
    return group === "idle" || group === "parked" ? -since : since;
  };
  return key(a) - key(b) || a.id.localeCompare(b.id);
}

/** Families of sessions, each where its most urgent member belongs. Archived sessions are left out. */
export function families(sessions: readonly SessionRow[]): Family[] {
  const byRoot = new Map<string, SessionRow[]>();
  for (const row of sessions) {
    if (row.archived) continue;
    const members = byRoot.get(row.root);
    if (members === undefined) byRoot.set(row.root, [row]);
    else members.push(row);
  }
  const found = [...byRoot.values()].map((members) => {
    const first = members.reduce((one, other) => (compare(other, one) < 0 ? other : one));
    const isRoot = (row: SessionRow) => (row.id === row.root ? 1 : 0);
    const inOrder = members.sort(
      (a, b) => isRoot(b) - isRoot(a) || (a.started ?? 0) - (b.started ?? 0) || a.id.localeCompare(b.id),
    ) as Family["members"];
    return { first, members: inOrder };
  });
  return found
    .sort((a, b) => compare(a.first, b.first))
    .map(({ first, members }) => ({ group: groupOf(first.phase), members }));
}

const NEEDS: Partial<Record<Phase, number>> = { waiting: 0, failed: 1, done: 2 };

/** Whether a person is expected to look at it. */
export function needsPerson(row: SessionRow): boolean {
  return !row.archived && NEEDS[row.phase] !== undefined;
}

/** Sessions that need the person, the most urgent first. */
export function urgent(sessions: readonly SessionRow[]): SessionRow[] {
  const need = (row: SessionRow) => NEEDS[row.phase] ?? 3;
  return sessions.filter(needsPerson).sort((a, b) => need(a) - need(b) || compare(a, b));
}
