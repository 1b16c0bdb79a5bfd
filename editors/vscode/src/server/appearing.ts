/** Notices when a repository comes to be in a folder that had none. Watches only while that is the state of things. */
import * as vscode from "vscode";

/** How long git needs to lay out a repository, generously, in milliseconds. */
const LAID_OUT_MS = 250;

export class Appearing implements vscode.Disposable {
  #watchers: vscode.Disposable[] = [];
  #settling: NodeJS.Timeout | undefined;

  constructor(private readonly appeared: () => void) {}

  /** From here on, or no longer. */
  watch(on: boolean): void {
    this.dispose();
    if (!on) return;
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      if (folder.uri.scheme !== "file") continue;
      // Of what is made inside a directory that is itself new, a watcher may hear nothing: then the directory has to do.
      const pattern = new vscode.RelativePattern(folder, "{.git,.git/HEAD}");
      const watcher = vscode.workspace.createFileSystemWatcher(pattern, false, true, true);
      this.#watchers.push(
        watcher,
        watcher.onDidCreate(() => {
          clearTimeout(this.#settling);
          this.#settling = setTimeout(this.appeared, LAID_OUT_MS);
        }),
      );
    }
  }

  dispose(): void {
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers.splice(0)) watcher.dispose();
  }
}
