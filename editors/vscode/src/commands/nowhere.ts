/** What is said to a command where no repository is open: before anything is asked, with what can be done about it. */
import * as vscode from "vscode";
import { t } from "../l10n";

interface Way {
  title: string;
  command: string;
  given: unknown[];
}

export async function tellNoRepository(): Promise<void> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const onDisk = folders.filter(({ uri }) => uri.scheme === "file");
  const open: Way = { title: t("Open Folder"), command: "vscode.openFolder", given: [] };
  if (onDisk.length === 0) {
    const text =
      folders.length === 0
        ? t("Open a folder of a git repository first.")
        : t("Hedgerow works on git repositories on this machine, and what is open here is not on it.");
    await offer(text, open);
    return;
  }
  const text = t("No git repository is open here. Open a folder of one, or make one of this.");
  // Git's own command is not there without git, without trust, or where it was turned off.
  const initialize = (await vscode.commands.getCommands(true)).includes("git.init");
  const given = [onDisk.length === 1 && folders.length === 1]; // whether it need not ask in which folder
  await offer(text, initialize ? { title: t("Initialize Repository"), command: "git.init", given } : open);
}

async function offer(text: string, { title, command, given }: Way): Promise<void> {
  const chosen = await vscode.window.showInformationMessage(text, title);
  if (chosen === title) await vscode.commands.executeCommand(command, ...given);
}
