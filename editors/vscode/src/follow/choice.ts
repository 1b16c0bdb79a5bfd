/** What can be followed, and the question which of it. */
import * as vscode from "vscode";
import type { Target } from "../commands/prompts";
import { t } from "../l10n";
import type { Commands } from "../protocol.generated";
import type { List } from "../rows/list";
import { describe } from "../rows/words";

export interface Followed {
  /** As the status bar names it. */
  label: string;
  params: Commands["follow"]["params"];
}

function everything(): Followed {
  return { label: t("all sessions"), params: { all: true } };
}

/** What a command was called on; undefined when that is nothing in particular. */
export function named({ session, checkout }: Target): Followed | undefined {
  if (session !== undefined) return { label: session.label, params: { session: session.id } };
  if (checkout !== undefined) return { label: checkout.label, params: { checkout: checkout.id } };
  return undefined;
}

/** Asks what to follow: sessions at work first, then worktrees. */
export async function chosen(list: List, title: string): Promise<Followed | undefined> {
  const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const sessions = list.sessions
    .filter(({ checkout, archived, phase }) => checkout !== null && !archived && phase !== "ended")
    .sort((a, b) => (b.active ?? 0) - (a.active ?? 0))
    .map((row) => ({
      label: row.label,
      description: [row.agent, list.checkout(row.checkout ?? "")?.label].filter(Boolean).join(" · "),
      followed: { label: row.label, params: { session: row.id } },
    }));
  const checkouts = list.all
    .filter(({ kind, state }) => kind !== "local" && state === "ok")
    .sort((a, b) => (b.active ?? 0) - (a.active ?? 0))
    .map((row) => ({
      label: row.label,
      description: describe(row),
      followed: { label: row.label, params: { checkout: row.id } },
    }));
  const choices: (vscode.QuickPickItem & { followed?: Followed })[] = [
    {
      label: t("All sessions"),
      description: t("every worktree, also those that come later"),
      followed: everything(),
    },
    ...(sessions.length === 0 ? [] : [separator(t("sessions")), ...sessions]),
    ...(checkouts.length === 0 ? [] : [separator(t("worktrees")), ...checkouts]),
  ];
  const options = { title, placeHolder: t("Follow what?"), matchOnDescription: true };
  return (await vscode.window.showQuickPick(choices, options))?.followed;
}
