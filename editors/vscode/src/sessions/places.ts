/** Going where a session works: a window, a folder of the workspace, a terminal. Stable API of the editor alone. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { t } from "../l10n";
import type { List } from "../rows/list";
import { checkoutOf, type Node } from "../rows/node";
import { describe } from "../rows/words";

interface Place {
  path: string;
  label: string;
}

/** Where a row is; from the palette, one of the checkouts. */
export async function placeOf(list: List, node: Node | undefined, title: string): Promise<Place | undefined> {
  if (node !== undefined && node.kind !== "group") {
    const checkout = checkoutOf(node);
    if (checkout !== undefined) return checkout;
    const { path } = node.row;
    return { path, label: node.kind === "repository" ? node.row.name : basename(path) };
  }
  const rows = list.repositories
    .flatMap(({ id }) => list.checkouts(id))
    .filter(({ state }) => state === "ok");
  if (rows.length === 0) {
    void vscode.window.showInformationMessage(
      t("{0}: there is no checkout that this could be about.", title),
    );
    return undefined;
  }
  const choices = rows.map((row) => ({
    label: row.label,
    description: describe(row),
    detail: row.path,
    row,
  }));
  const options = { title, placeHolder: t("Which one?"), matchOnDescription: true, matchOnDetail: true };
  return (await vscode.window.showQuickPick(choices, options))?.row;
}

export async function openInNewWindow({ path }: Place): Promise<void> {
  const options = { forceNewWindow: true };
  await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(path), options);
}

export function addToWorkspace({ path, label }: Place): void {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.some(({ uri }) => uri.scheme === "file" && uri.fsPath === path)) {
    void vscode.window.showInformationMessage(t("{0} is in this workspace already.", label));
    return;
  }
  vscode.workspace.updateWorkspaceFolders(folders.length, 0, { uri: vscode.Uri.file(path), name: label });
}

export function openTerminal({ path, label }: Place): void {
  vscode.window.createTerminal({ name: label, cwd: path }).show();
}
