/** Notices when a repository comes to be in a folder that had none. Watches only while that is the state of things. */
import * as vscode from "vscode";

export class Appearing implements vscode.Disposable {
  #watchers: vscode.Disposable[] = [];

  constructor(private readonly appeared: () => void) {}

  /** From here on, or no longer. */
  watch(on: boolean): void {
    this.dispose();
    if (!on) return;
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      if (folder.uri.scheme !== "file") continue;
      const watcher = vscode.workspace.createFileSystemWatcher(
        new vscode.RelativePattern(folder, ".git/HEAD"),
        false,
        true,
        true,
      );
      this.#watchers.push(watcher, watcher.onDidCreate(this.appeared));
    }
  }

  dispose(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.dispose();
  }
}
