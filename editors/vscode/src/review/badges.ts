/** The letter and colour of a file in the view, as the editor's own source control shows them. */
import * as vscode from "vscode";
import type { CheckoutRow, FileChange, FileStatus } from "../protocol.generated";
import { SCHEME } from "./addresses";
import { versionOf } from "./spots";
import { LETTERS, statusName } from "./words";

/** An address that says how the file differs, so that nobody else decorates it. */
export function statusUri(row: CheckoutRow, file: FileChange): vscode.Uri {
  return versionOf(row, "now", file).with({ fragment: file.status });
}

const COLOURS: Record<FileStatus, string> = {
  added: "added",
  deleted: "deleted",
  modified: "modified",
  renamed: "renamed",
  mode: "modified",
  type: "modified",
  conflicted: "conflicting",
};

export const badges: vscode.FileDecorationProvider = {
  provideFileDecoration({ scheme, fragment }) {
    if (scheme !== SCHEME || !(fragment in LETTERS)) return undefined;
    const status = fragment as FileStatus;
    const colour = new vscode.ThemeColor(`gitDecoration.${COLOURS[status]}ResourceForeground`);
    return new vscode.FileDecoration(LETTERS[status], statusName(status), colour);
  },
};
