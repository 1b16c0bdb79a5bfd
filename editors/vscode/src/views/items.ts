/** How the rows of the view look: icon, words, tooltip, and what menus go by. Draws; decides nothing. */
import * as vscode from "vscode";
import { t } from "../l10n";
import type { CheckoutRow, Phase, RepositoryRow, SessionRow } from "../protocol.generated";
import type { Arrangement } from "../rows/arrangement";
import type { GroupNode, Node, SessionNode } from "../rows/node";
import {
  clipped,
  describeSession,
  facts,
  groupTitle,
  labelOf,
  news,
  phaseWord,
  questionContext,
  sessionContext,
} from "../rows/sessionWords";
import { describe, headOf } from "../rows/words";

const QUESTION_MOST = 200;
const { Expanded, None } = vscode.TreeItemCollapsibleState;

export function itemOf(node: Node, arrangement: Arrangement, rest: boolean): vscode.TreeItem {
  switch (node.kind) {
    case "group":
      return groupItem(node, arrangement);
    case "session":
      return node.part === "question" ? questionItem(node) : sessionItem(node, arrangement);
    case "repository":
      return repositoryItem(node.key, node.row, rest);
    case "checkout":
      return checkoutItem(node.key, node.row);
  }
}

function groupItem(node: GroupNode, arrangement: Arrangement): vscode.TreeItem {
  const item = new vscode.TreeItem(groupTitle(node.group), Expanded);
  item.id = node.key;
  item.description = String(arrangement.count(node));
  item.contextValue = `group.${node.group}`;
  return item;
}

function sessionItem(node: SessionNode, arrangement: Arrangement): vscode.TreeItem {
  const { row, checkout } = node;
  const now = Date.now() / 1000;
  const item = new vscode.TreeItem(labelOf(row), arrangement.children(node).length > 0 ? Expanded : None);
  item.id = node.key;
  item.description = describeSession(row, checkout, arrangement.repositoryName(row), now).text;
  item.iconPath = phaseIcon(row.phase);
  item.tooltip = sessionTooltip(row, checkout, now);
  item.contextValue = sessionContext(row, checkout);
  item.accessibilityInformation = {
    label: [row.label, phaseWord(row.phase), item.description].join(", "),
  };
  item.command = { command: "hedgerow.client.look", title: t("Look"), arguments: [node] };
  return item;
}

/** What a session asks, in a row of its own. */
function questionItem(node: SessionNode): vscode.TreeItem {
  const { row, checkout } = node;
  const question = row.question;
  const item = new vscode.TreeItem(clipped(question?.text ?? "", QUESTION_MOST));
  item.id = node.key;
  item.tooltip = sessionTooltip(row, checkout, Date.now() / 1000);
  if (question == null) return item;
  item.contextValue = questionContext(question);
  item.accessibilityInformation = { label: `${row.label} ${question.text}` };
  item.command = { command: "hedgerow.client.look", title: t("Look"), arguments: [node] };
  return item;
}

/** Steady, one colour for each meaning: nothing blinks, and a spinner for each of many would never rest. */
export function phaseIcon(phase: Phase): vscode.ThemeIcon {
  const coloured = (icon: string, color: string) => new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
  switch (phase) {
    case "waiting":
      return coloured("bell-dot", "list.warningForeground");
    case "failed":
      return coloured("error", "list.errorForeground");
    case "done":
      return coloured("pass-filled", "testing.iconPassed");
    case "starting":
    case "working":
      return coloured("play-circle", "textLink.foreground");
    case "unknown":
      return new vscode.ThemeIcon("question");
    case "idle":
      return new vscode.ThemeIcon("circle-outline");
    case "parked":
      return new vscode.ThemeIcon("debug-pause");
    case "ended":
      return new vscode.ThemeIcon("circle-slash");
  }
}

function sessionTooltip(
  row: SessionRow,
  checkout: CheckoutRow | undefined,
  now: number,
): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text
    .appendMarkdown("**")
    .appendText(row.label.trim() || row.agent)
    .appendMarkdown("**  \n");
  text.appendText(phaseWord(row.phase)).appendMarkdown("\n\n");
  const question = row.phase === "waiting" ? row.question : null;
  if (question != null) {
    text.appendText(question.text).appendMarkdown("\n");
    if (question.command != null) text.appendCodeblock(question.command);
    for (const option of question.options)
      text.appendMarkdown("\n- ").appendText([option.label, option.description].filter(Boolean).join(": "));
    if (!question.answerable)
      text
        .appendMarkdown("\n\n")
        .appendText(t("Only you answer this, {0}.", question.where ?? t("in its terminal")));
    text.appendMarkdown("\n\n");
  } else {
    const said = row.phase === "idle" ? row.lastMessage : (row.lastMessage ?? news(row));
    if (row.phase === "failed" && row.detail != null) text.appendText(row.detail).appendMarkdown("\n\n");
    else if (said != null && said !== "") text.appendText(said).appendMarkdown("\n\n");
  }
  text.appendMarkdown("---\n\n");
  for (const [name, fact] of facts(row, checkout, now))
    text.appendMarkdown("- ").appendText(`${name}: ${fact}`).appendMarkdown("\n");
  return text;
}

/** @param rest it is the only repository, and what stands below are those of its checkouts that have no session */
function repositoryItem(key: string, row: RepositoryRow, rest: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(rest ? t("Without a session") : row.name, Expanded);
  item.id = key;
  if (row.problems.length > 0 || !row.trusted) item.iconPath = new vscode.ThemeIcon("warning");
  else if (!rest) item.iconPath = new vscode.ThemeIcon("repo");
  item.tooltip = [row.path, ...row.problems].join("\n");
  item.contextValue = "repository";
  const problems =
    row.problems.length === 0
      ? undefined
      : row.problems.length === 1
        ? t("1 problem")
        : t("{0} problems", row.problems.length);
  const said = row.trusted ? problems : t("not trusted: only listed");
  item.description = [rest ? row.name : undefined, said].filter((part) => part !== undefined).join(" · ");
  return item;
}

function checkoutItem(key: string, row: CheckoutRow): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label);
  item.id = key;
  item.description = describe(row);
  item.iconPath = checkoutIcon(row);
  item.tooltip = checkoutTooltip(row);
  item.contextValue = `checkout.${row.kind}+${row.state}`;
  return item;
}

function checkoutIcon(row: CheckoutRow): vscode.ThemeIcon {
  if (row.pending || row.state === "making") return new vscode.ThemeIcon("sync~spin");
  if (row.state !== "ok" || row.problem != null) {
    return new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
  }
  switch (row.kind) {
    case "local":
      return new vscode.ThemeIcon("home");
    case "managed":
      return new vscode.ThemeIcon("list-tree");
    case "kept":
      return new vscode.ThemeIcon("pinned");
    case "foreign":
      return new vscode.ThemeIcon("person");
  }
}

function checkoutTooltip(row: CheckoutRow): string {
  const head = row.head.kind === "detached" ? t("detached at {0}", headOf(row)) : headOf(row);
  const lines = [row.path, [head, row.head.subject].filter((part) => part != null).join(" · ")];
  if (row.counts != null) {
    const { staged, unstaged, untracked, conflicted } = row.counts;
    lines.push(
      t("{0} staged, {1} unstaged, {2} untracked, {3} in conflict", staged, unstaged, untracked, conflicted),
    );
  }
  if (row.base != null) {
    const { ahead, behind } = row.base;
    const base = row.base.from ?? row.base.oid.slice(0, 8);
    lines.push(
      ahead != null && behind != null
        ? t("reviewed against {0}: {1} ahead, {2} behind", base, ahead, behind)
        : t("reviewed against {0}", base),
    );
  }
  if (row.locked != null)
    lines.push(row.locked.reason === "" ? t("locked") : t("locked: {0}", row.locked.reason));
  if (row.problem != null) lines.push(row.problem);
  return lines.join("\n");
}
