/** A question with a few answers, each of which stands for params. */
import * as vscode from "vscode";

export type Values = Record<string, unknown>;

export interface Choice extends vscode.QuickPickItem {
  values: Values;
}

/** What the answer stands for; undefined when there was none. @param none said where there is nothing to choose from */
export async function pickOne(
  title: string,
  placeHolder: string,
  choices: Choice[],
  none: string,
): Promise<Values | undefined> {
  if (choices.length === 0) {
    void vscode.window.showInformationMessage(none);
    return undefined;
  }
  const options = { title, placeHolder, matchOnDescription: true, matchOnDetail: true };
  return (await vscode.window.showQuickPick(choices, options))?.values;
}
