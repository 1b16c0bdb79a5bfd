/** Which session a command is about: the row it was called on, else one of those that it can be about. */
import * as vscode from "vscode";
import type { Target } from "../commands/prompts";
import { t } from "../l10n";
import type { SessionRow, Verb } from "../protocol.generated";
import type { List } from "../rows/list";
import { families } from "../rows/order";
import { describeSession, phaseWord } from "../rows/sessionWords";
import { phaseIcon } from "../views/items";

const runs = (row: SessionRow) => row.host !== "nothing";

/** Sessions for which a verb can make sense; any where nothing is said. The server decides. */
export const FITS: Partial<Record<Verb, (row: SessionRow) => boolean>> = {
  answer: (row) => row.phase === "waiting",
  attach: (row) => row.host === "tmux" || row.host === "editor",
  send: (row) => runs(row) && row.phase !== "waiting",
  stop: runs,
  resume: (row) => !runs(row) && (row.phase === "parked" || row.conversation != null),
  fork: (row) => row.conversation != null,
  markSeen: (row) => row.phase === "done" || row.phase === "failed",
};

/** A session, or undefined when there is none or none was picked, which the person knows then. */
export async function chooseSession(
  list: List,
  verb: Verb,
  title: string,
  target: Target,
): Promise<SessionRow | undefined> {
  if (target.session !== undefined) return list.session(target.session.id) ?? target.session;
  const fits = FITS[verb] ?? (() => true);
  const here = (row: SessionRow) =>
    target.repositoryId === undefined || row.repository === target.repositoryId;
  const at = target.checkout?.id;
  const rows = families(list.sessions)
    .flatMap(({ members }) => members)
    .filter((row) => fits(row) && here(row) && (at === undefined || row.checkout === at));
  if (rows.length === 0) {
    void vscode.window.showInformationMessage(t("{0}: there is no session that this could be about.", title));
    return undefined;
  }
  if (rows.length === 1 && at !== undefined) return rows[0];
  return pickSession(list, rows, title);
}

export async function pickSession(
  list: List,
  rows: readonly SessionRow[],
  title: string,
): Promise<SessionRow | undefined> {
  const now = Date.now() / 1000;
  const choices = rows.map((row) => ({
    label: row.label,
    description: phaseWord(row.phase),
    detail: describeSession(row, list.checkout(row.checkout ?? ""), undefined, now).text,
    iconPath: phaseIcon(row.phase),
    row,
  }));
  const options = { title, placeHolder: t("Which session?"), matchOnDescription: true, matchOnDetail: true };
  return (await vscode.window.showQuickPick(choices, options))?.row;
}
