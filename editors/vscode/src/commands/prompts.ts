/**
 * What a verb needs from the person before it can be sent, asked with quick picks and input boxes. Owns the prompts
 * by the name of a param, so that a new verb whose params have known names works without a line here.
 * Decides nothing: what the server refuses, the server explains.
 */
import * as vscode from "vscode";
import { t } from "../l10n";
import type { List } from "../rows/list";
import type { CheckoutRow, COMMANDS, SessionRow, Verb } from "../protocol.generated";
import type { Server } from "../server/server";
import { ago, describe, files } from "../rows/words";
import { type Choice, pickOne, type Values } from "./choice";
import { askToCreate } from "./creating";

/** Where a command was called: nowhere in particular (the palette) or on a row. */
export interface Target {
  /** A path inside the repository; undefined when none is open. */
  repository: string | undefined;
  repositoryId: string | undefined;
  checkout: CheckoutRow | undefined;
  /** A session; then `checkout` is where it works. */
  session?: SessionRow;
}

/** A row of the protocol's table of commands. */
export type Command = (typeof COMMANDS)[number];

type Prompt = (asker: Prompts, verb: Verb, title: string, target: Target) => Promise<Values | undefined>;

export class Prompts {
  constructor(
    readonly list: List,
    readonly server: Server,
  ) {}

  /** The params of a verb, or undefined when the person left a question unanswered. */
  async params({ verb, title, primary, required }: Command, target: Target): Promise<Values | undefined> {
    const whole = WHOLE[verb];
    const needed: readonly string[] = required;
    const byName = primary.flatMap((name) => BY_NAME[name] ?? (needed.includes(name) ? [text(name)] : []));
    const steps = whole === undefined ? byName : [whole];
    let values: Values = target.repository === undefined ? {} : { repository: target.repository };
    for (const step of steps) {
      const answer = await step(this, verb, title, target);
      if (answer === undefined) return undefined;
      values = { ...values, ...answer };
    }
    return values;
  }

  rows(target: Target): CheckoutRow[] {
    return target.repositoryId === undefined ? this.list.all : this.list.checkouts(target.repositoryId);
  }
}

/** Rows for which a verb can make sense; any row where nothing is said. */
const CANDIDATES: Partial<Record<Verb, (row: CheckoutRow) => boolean>> = {
  keep: (row) => row.kind === "managed" || row.kind === "kept",
  adopt: (row) => row.kind === "foreign",
  branchHere: (row) => row.head.kind === "detached",
  cleanUp: (row) => row.kind !== "local",
};

function checkoutChoice(row: CheckoutRow, values: Values): Choice {
  return { label: row.label, description: describe(row), detail: row.path, values };
}

const checkout: Prompt = async (asker, verb, title, target) => {
  const valuesOf = (row: CheckoutRow): Values =>
    verb === "keep" ? { checkout: row.id, kept: row.kind !== "kept" } : { checkout: row.id };
  if (target.checkout !== undefined) return valuesOf(target.checkout);
  const rows = asker.rows(target).filter(CANDIDATES[verb] ?? (() => true));
  const choices = rows.map((row) => checkoutChoice(row, valuesOf(row)));
  return pickOne(
    title,
    t("Which one?"),
    choices,
    t("{0}: there is no worktree that this could be about.", title),
  );
};

const checkouts: Prompt = async (asker, verb, title, target) => {
  if (target.checkout !== undefined) return { checkouts: [target.checkout.id] };
  const rows = asker.rows(target).filter(CANDIDATES[verb] ?? (() => true));
  if (rows.length === 0) {
    void vscode.window.showInformationMessage(t("{0}: there is no worktree besides Local.", title));
    return undefined;
  }
  const choices: Choice[] = [
    { label: t("All whose work has landed"), values: { landed: true } },
    { label: t("All beyond the number to keep"), values: { retention: true } },
    { label: "", kind: vscode.QuickPickItemKind.Separator, values: {} },
    ...rows.map((row) => checkoutChoice(row, { checkouts: [row.id] })),
  ];
  const options = {
    title,
    placeHolder: t("Which ones?"),
    matchOnDescription: true,
    canPickMany: true as const,
  };
  const picked = await vscode.window.showQuickPick(choices, options);
  if (picked === undefined || picked.length === 0) return undefined;
  const named = picked.flatMap(({ values }) => (values["checkouts"] as string[] | undefined) ?? []);
  return { ...Object.assign({}, ...picked.map(({ values }) => values)), checkouts: named } as Values;
};

const snapshot: Prompt = async (asker, _verb, title, target) => {
  const history = await asker.server.request("history", { repository: target.repository ?? null });
  const choices = history.snapshots.map((row): Choice & { path: string; name: string } => ({
    label: row.name,
    description: [row.head, ago(row.created), row.reason, files(row.files)]
      .filter((part) => part != null && part !== "")
      .join(" · "),
    detail: row.path,
    values: { snapshot: row.id },
    path: row.path,
    name: row.name,
  }));
  if (choices.length === 0) {
    void vscode.window.showInformationMessage(t("{0}: there is no snapshot to restore.", title));
    return undefined;
  }
  const options = { title, placeHolder: t("Restore what?"), matchOnDescription: true, matchOnDetail: true };
  const picked = await vscode.window.showQuickPick(choices, options);
  if (picked === undefined) return undefined;
  const place = await restoredTo(title, asker.list, picked);
  return place === undefined ? undefined : { ...picked.values, ...place };
};

/** Asks where a snapshot should come back, where there is a choice: its old place may be in use. */
export async function restoredTo(
  title: string,
  list: List,
  { path, name }: { path: string; name: string },
): Promise<{ place?: "old" | "new" } | undefined> {
  if (list.all.some((row) => row.path === path && row.state === "ok")) return {};
  const places: Choice[] = [
    { label: t("In its old place"), description: path, values: { place: "old" } },
    { label: t("As a new worktree"), values: { place: "new" } },
  ];
  return pickOne(title, t("Where should {0} be?", name), places, "");
}

/** An id that only a history knows: an operation or a snapshot. */
const id: Prompt = async (asker, _verb, title, target) => {
  if (target.checkout !== undefined) return { id: target.checkout.id };
  const history = await asker.server.request("history", { repository: target.repository ?? null });
  const entries = [
    ...history.operations.map((row) => ({ at: row.started, label: row.title, what: row.state, id: row.id })),
    ...history.snapshots.map((row) => ({
      at: row.created,
      label: t("Snapshot of {0}", row.name),
      what: row.reason,
      id: row.id,
    })),
  ].sort((a, b) => b.at - a.at);
  const choices = entries.map((entry): Choice => ({
    label: entry.label,
    description: `${ago(entry.at)} · ${entry.what}`,
    values: { id: entry.id },
  }));
  return pickOne(title, t("Show what?"), choices, t("Nothing has been done here yet."));
};

function text(name: string, prompt = () => name): Prompt {
  return async (_asker, verb, title, target) => {
    const value = verb === "rename" ? target.checkout?.label : undefined;
    const answer = await vscode.window.showInputBox({
      title,
      prompt: prompt(),
      ...(value === undefined ? {} : { value }),
    });
    return answer === undefined || answer.trim() === "" ? undefined : { [name]: answer.trim() };
  };
}

/** Prompts by the name of a primary param. One without a prompt that may be left out is: the default is meant. */
const BY_NAME: Partial<Record<string, Prompt>> = {
  checkout,
  checkouts,
  snapshot,
  id,
  branch: text("branch", () => t("Name of the new branch")),
  base: text("base", () => t("Branch, tag or commit to review against")),
  label: text("label", () => t("What do you want to call it? The directory stays where it is.")),
};

/** Verbs whose questions depend on each other. */
const WHOLE: Partial<Record<Verb, Prompt>> = {
  create: (asker, _verb, title, target) => {
    const local = asker.rows(target).find((row) => row.kind === "local");
    return askToCreate(title, local, target.checkout ?? local);
  },
};
