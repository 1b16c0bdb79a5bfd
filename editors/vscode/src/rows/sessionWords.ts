/** How sessions read: their phase, what they ask or said, and how long ago. Pure. */
import { t } from "../l10n";
import type { CheckoutRow, Phase, Question, SessionRow } from "../protocol.generated";
import type { GroupName } from "./order";
import { headOf, uncommitted } from "./words";

/** A side bar has room for some forty characters, and what is asked is to be among them. */
const LABEL_MOST = 22;
const NEWS_MOST = 60;
/** What a row of the view has room for, about. */
export const ROW_GLANCE = 48;
/** What a message says on two or three lines. */
export const MESSAGE_GLANCE = 160;

export function groupTitle(group: GroupName): string {
  switch (group) {
    case "waiting":
      return t("Needs you");
    case "done":
      return t("Done");
    case "working":
      return t("Working");
    case "failed":
      return t("Failed");
    case "unknown":
      return t("Running");
    case "idle":
      return t("Idle");
    case "parked":
      return t("Parked");
  }
}

export function phaseWord(phase: Phase): string {
  switch (phase) {
    case "starting":
      return t("starting");
    case "working":
      return t("working");
    case "waiting":
      return t("needs you");
    case "done":
      return t("done, and not looked at yet");
    case "idle":
      return t("idle");
    case "failed":
      return t("failed");
    case "parked":
      return t("parked: no agent runs, the conversation can be resumed");
    case "ended":
      return t("ended");
    case "unknown":
      return t("running; nothing tells what it does");
  }
}

/** One line of at most so many characters, cut between words where that is possible. */
export function clipped(text: string, most: number): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  if (line.length <= most) return line;
  const cut = line.slice(0, most - 1);
  const space = cut.lastIndexOf(" ");
  return `${(space > most / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

export function labelOf(row: SessionRow): string {
  return clipped(row.label, LABEL_MOST) || row.agent;
}

/** How long ago in few characters, and in how many seconds that reads otherwise. */
export function age(since: number, now: number): { text: string; stays: number } {
  const past = Math.max(0, now - since);
  if (past < 60) return { text: t("now"), stays: 60 - past };
  if (past < 3600) return { text: t("{0}m", Math.floor(past / 60)), stays: 60 - (past % 60) };
  if (past < 172_800) return { text: t("{0}h", Math.floor(past / 3600)), stays: 3600 - (past % 3600) };
  return { text: t("{0}d", Math.floor(past / 86_400)), stays: 86_400 - (past % 86_400) };
}

/** What a session asks, does, said or died of, in one line; undefined when there is nothing to say. */
export function news(row: SessionRow): string | undefined {
  if (row.phase === "waiting") return row.question?.text ?? row.detail ?? t("waits for you");
  if (row.phase === "starting") return row.detail ?? t("starting");
  if (row.phase === "done") {
    const said = row.detail ?? (row.lastMessage ?? "").trim().split("\n", 1)[0];
    return said === "" ? undefined : said;
  }
  if (row.phase === "parked" || row.phase === "idle") return undefined;
  return row.phase === "ended" ? t("ended") : (row.detail ?? undefined);
}

/** Where it works, in one or two words: its branch, else its worktree, unless its label says so already. */
function place(row: SessionRow, checkout: CheckoutRow | undefined): string[] {
  if (checkout === undefined) return [];
  const words = [];
  if (checkout.kind === "local") words.push(t("Local"));
  const name = checkout.head.branch ?? checkout.label;
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-");
  if (plain(name) !== plain(row.label) && !(checkout.kind === "local" && checkout.head.branch == null))
    words.push(name);
  return words;
}

/** The line beside the label, and in how many seconds its age reads otherwise. */
export function describeSession(
  row: SessionRow,
  checkout: CheckoutRow | undefined,
  repository: string | undefined,
  now: number,
): { text: string; stays: number } {
  const asks = row.phase === "waiting" && row.question != null; // in the row below
  const said = asks ? undefined : news(row);
  const parts = said === undefined ? [] : [clipped(said, NEWS_MOST)];
  if (repository !== undefined) parts.push(repository);
  parts.push(...place(row, checkout));
  if (row.problems.length > 0) parts.push(row.problems.length === 1 ? t("1 problem") : t("problems"));
  const changes = checkout === undefined ? undefined : uncommitted(checkout);
  if (changes !== undefined && changes > 0) parts.push(t("{0} uncommitted", changes));
  const ahead = checkout?.base?.ahead ?? 0;
  if (ahead > 0) parts.push(t("{0} ahead", ahead));
  if (row.pinned) parts.push(t("pinned"));
  const since = row.since ?? row.started;
  if (since == null) return { text: parts.join(" · "), stays: Infinity };
  const { text, stays } = age(since, now);
  return { text: [...parts, text].join(" · "), stays };
}

/** Whether all that a question asks about is in its one sentence, and that is short: then buttons beside it are enough. */
export function atAGlance(question: Question, most: number): boolean {
  const command = question.command?.trim();
  if (question.text.length > most || question.text.includes("\n")) return false;
  return (command == null || question.text.includes(command)) && question.paths.length <= 1;
}

/** The facts about a session for reading, each with its name. */
export function facts(row: SessionRow, checkout: CheckoutRow | undefined, now: number): [string, string][] {
  const found: [string, string][] = [[t("Agent"), [row.agent, row.model].filter(Boolean).join(" · ")]];
  if (checkout !== undefined) {
    const changes = uncommitted(checkout);
    const counts = [
      headOf(checkout),
      changes === undefined || changes === 0 ? "" : t("{0} uncommitted", changes),
      (checkout.base?.ahead ?? 0) > 0 ? t("{0} ahead", checkout.base?.ahead ?? 0) : "",
    ];
    found.push([t("Checkout"), [checkout.label, ...counts].filter((part) => part !== "").join(" · ")]);
  }
  found.push([t("Directory"), row.path]);
  if (row.since != null) found.push([t("Since"), since(row.since, now)]);
  if (row.tokens != null) found.push([t("Tokens"), row.tokens.toLocaleString("en")]);
  found.push([t("Terminal"), hostWord(row)]);
  if (row.pinned) found.push([t("Pinned"), t("clean-up leaves its worktree alone")]);
  for (const problem of row.problems) found.push([t("Problem"), problem]);
  return found;
}

function since(moment: number, now: number): string {
  const { text } = age(moment, now);
  return `${text} · ${new Date(moment * 1000).toLocaleString("en-GB", { hour12: false })}`;
}

function hostWord(row: SessionRow): string {
  switch (row.host) {
    case "tmux":
      return t("Hedgerow's own: it outlives the editor");
    case "editor":
      return t("of the editor");
    case "elsewhere":
      return t("somebody else's");
    case "nothing":
      return t("none: no agent runs");
  }
}

/** What menus of the row of a question go by. */
export function questionContext({ kind, answerable }: Question): string {
  return `question.${kind}+${answerable ? "answerable" : "elsewhere"}`;
}

/**
 * What menus go by: `session.<phase>`, then words. `glance`: an approval that the row shows whole; `runs`: an agent is
 * there; `in.<kind>`: of its checkout.
 */
export function sessionContext(row: SessionRow, checkout: CheckoutRow | undefined): string {
  const words = [`session.${row.phase}`, `host.${row.host}`];
  const question = row.phase === "waiting" ? row.question : null;
  if (question != null) {
    words.push(question.kind, question.answerable ? "answerable" : "elsewhere");
  }
  if (row.host !== "nothing") words.push("runs");
  if (row.conversation != null) words.push("conversation");
  if (row.pinned) words.push("pinned");
  if (checkout !== undefined) {
    words.push(`in.${checkout.kind}`, checkout.state);
    if ((uncommitted(checkout) ?? 0) > 0) words.push("changes");
    if ((checkout.base?.ahead ?? 0) > 0) words.push("ahead");
  }
  return words.join("+");
}

/** "1 needs you, 2 done": how many sessions need the person; empty when none does. */
export function needs(sessions: readonly SessionRow[]): string {
  const count = (phase: Phase) => sessions.filter((row) => row.phase === phase && !row.archived).length;
  const [waiting, failed, done] = [count("waiting"), count("failed"), count("done")];
  const parts = [];
  if (waiting > 0) parts.push(waiting === 1 ? t("1 needs you") : t("{0} need you", waiting));
  if (failed > 0) parts.push(t("{0} failed", failed));
  if (done > 0) parts.push(t("{0} done", done));
  return parts.join(", ");
}

/** A sentence of the server's without what it says to somebody on a shell. */
export function withoutShell(sentence: string): string {
  return sentence.replace(/; `hedgerow [^`]*`[^;]*$/, "");
}
