/**
 * What it takes to start a session, asked step by step: the agent, where there are several; the prompt; where it is to
 * work; and arguments for the agent, if any. Decides nothing: what the server refuses, the server explains.
 */
import * as vscode from "vscode";
import { carried } from "../commands/creating";
import type { Target } from "../commands/prompts";
import { t } from "../l10n";
import type { CheckoutRow, StartParams } from "../protocol.generated";
import { splitArguments } from "../rows/arguments";
import type { List } from "../rows/list";
import { describe } from "../rows/words";
import { refusal } from "../server/refusal";
import type { Server } from "../server/server";

/** Params of `start`; undefined when the person left a question unanswered. */
export async function askToStart(
  server: Server,
  list: List,
  title: string,
  target: Target,
): Promise<StartParams | undefined> {
  const repository = target.repository ?? null;
  const agent = await chooseAgent(server, title, repository);
  if (agent === undefined) return undefined;
  const prompt = await askPrompt(title, t("What is it to do? Without a prompt, the agent waits for one."));
  if (prompt === undefined) return undefined;
  const params: StartParams = {
    repository,
    ...(agent === "" ? {} : { agent }),
    ...(prompt === "" ? {} : { prompt }),
  };
  if (target.checkout !== undefined) return { ...params, checkout: target.checkout.id };
  return choosePlace(list, title, target, params);
}

/** A prompt of one line or several (Shift+Enter is not there: `\n` is pasted as it is); undefined: not now. */
export async function askPrompt(title: string, prompt: string): Promise<string | undefined> {
  return (await vscode.window.showInputBox({ title, prompt, ignoreFocusOut: true }))?.trim();
}

/** The name of an agent that can be started; empty when the server knows which one; undefined: not now. */
async function chooseAgent(
  server: Server,
  title: string,
  repository: string | null,
): Promise<string | undefined> {
  const agents = await startable(server, repository);
  if (agents.length < 2) return "";
  const usual = vscode.workspace.getConfiguration("hedgerow").get<string>("agent", "");
  const choices = [...agents]
    .sort((a, b) => Number(b === usual) - Number(a === usual))
    .map((agent) => ({
      label: TITLES[agent] ?? agent,
      description: agent === usual ? t("as your settings say") : "",
      agent,
    }));
  return (await vscode.window.showQuickPick(choices, { title, placeHolder: t("Which agent?") }))?.agent;
}

const TITLES: Partial<Record<string, string>> = { codex: "Codex", claude: "Claude Code" };

/** Names of the agents that are there. The server names them when it is asked for one that is not. */
async function startable(server: Server, repository: string | null): Promise<readonly string[]> {
  try {
    await server.request("start", { repository, agent: "?", dryRun: true });
  } catch (error) {
    const agents = (error as { data?: { agents?: unknown } }).data?.agents;
    if (Array.isArray(agents)) return agents.filter((agent) => typeof agent === "string");
    if (refusal(error).code !== "noAgent") throw error;
  }
  return [];
}

async function choosePlace(
  list: List,
  title: string,
  target: Target,
  params: StartParams,
): Promise<StartParams | undefined> {
  const rows = target.repositoryId === undefined ? list.all : list.checkouts(target.repositoryId);
  const usable = rows.filter(({ state }) => state === "ok");
  const local = usable.find(({ kind }) => kind === "local");
  const fresh = {
    label: `$(add) ${t("A new worktree")}`,
    description: local?.head.branch == null ? "" : t("from {0}", local.head.branch),
    row: undefined,
  };
  const withArguments = { label: `$(terminal) ${t("Arguments for the agent…")}`, row: undefined };
  const separator = { label: "", kind: vscode.QuickPickItemKind.Separator, row: undefined };
  const existing = usable.map((row) => ({
    label: row.label,
    description: describe(row),
    detail: row.path,
    row,
  }));
  let given = params;
  for (;;) {
    const { arguments: chosen = [] } = given;
    const more = { ...withArguments, description: chosen.join(" ") };
    const items: (vscode.QuickPickItem & { row: CheckoutRow | undefined })[] = [
      fresh,
      ...existing,
      separator,
      more,
    ];
    const options = { title, placeHolder: t("Where is it to work?"), matchOnDescription: true };
    const picked = await vscode.window.showQuickPick(items, options);
    if (picked === undefined) return undefined;
    if (picked === fresh) {
      const changes = await carried(title, local);
      return changes === undefined ? undefined : { ...given, ...changes };
    }
    if (picked.row !== undefined) return { ...given, checkout: picked.row.id };
    const line = await vscode.window.showInputBox({
      title,
      prompt: t("Passed on to the agent as they are, for instance --model or --permission-mode"),
      value: chosen.join(" "),
    });
    if (line !== undefined) given = { ...given, arguments: splitArguments(line) };
  }
}
