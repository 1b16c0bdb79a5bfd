/** The menu of the worktree that the person is in: what can be done there, by its commands. */
import * as vscode from "vscode";
import { t } from "../l10n";
import type { CheckoutRow } from "../protocol.generated";
import type { List } from "../rows/list";
import type { Node } from "../rows/node";
import { labelOf, phaseWord } from "../rows/sessionWords";
import { describe } from "../rows/words";
import { phaseIcon } from "../views/items";
import { hereOf } from "../views/here";

interface Choice extends vscode.QuickPickItem {
  command?: string;
  node?: Node;
}

export async function worktreeMenu(list: List): Promise<void> {
  const here = hereOf(list);
  if (here === undefined) {
    void vscode.window.showInformationMessage(t("This file is in no checkout that Hedgerow knows."));
    return;
  }
  const options = { title: here.label, placeHolder: describe(here), matchOnDescription: true };
  const picked = await vscode.window.showQuickPick(choices(list, here), options);
  if (picked?.command !== undefined) await vscode.commands.executeCommand(picked.command, picked.node);
}

function choices(list: List, here: CheckoutRow): Choice[] {
  const node: Node = { kind: "checkout", key: here.id, row: here };
  const linked = here.kind !== "local";
  const can = (label: string, icon: string, command: string): Choice => ({
    label: `$(${icon}) ${label}`,
    command,
    node,
  });
  const sessions = list.sessions.filter((row) => row.checkout === here.id && !row.archived);
  return [
    ...sessions.map((row): Choice => ({
      label: labelOf(row),
      description: phaseWord(row.phase),
      iconPath: phaseIcon(row.phase),
      command: "hedgerow.client.look",
      node: { kind: "session", part: "itself", key: row.id, row, checkout: here },
    })),
    ...(sessions.length > 0 ? [{ label: "", kind: vscode.QuickPickItemKind.Separator }] : []),
    can(t("Start Session Here"), "robot", "hedgerow.ui.start"),
    can(t("Review"), "git-compare", "hedgerow.client.review"),
    can(t("Follow Edits"), "eye", "hedgerow.client.follow"),
    can(t("Open Terminal"), "terminal", "hedgerow.client.openTerminal"),
    can(t("Open in New Window"), "empty-window", "hedgerow.client.open"),
    can(t("Hand Off"), "arrow-swap", "hedgerow.ui.handOff"),
    can(t("Commit"), "git-commit", "hedgerow.ui.commit"),
    ...(linked ? [can(t("Land"), "git-merge", "hedgerow.ui.land")] : []),
    ...(linked ? [can(t("Clean Up"), "trash", "hedgerow.ui.cleanUp")] : []),
    can(t("Show Details"), "info", "hedgerow.ui.show"),
  ];
}
