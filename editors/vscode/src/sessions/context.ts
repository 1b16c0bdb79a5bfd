/** Context keys by which the palette offers commands about sessions only where they can apply. */
import * as vscode from "vscode";
import type { List } from "../rows/list";
import { FITS } from "./choosing";
import type { Verb } from "../protocol.generated";

const told = new Map<string, boolean>();

/** `hedgerow.sessions` and, for each verb that fits only some, `hedgerow.can.<verb>`. */
export function tellContext(list: List): void {
  const rows = list.sessions.filter(({ archived }) => !archived);
  tell("hedgerow.sessions", rows.length > 0);
  for (const [verb, fits] of Object.entries(FITS) as [Verb, (typeof FITS)[Verb]][]) {
    tell(`hedgerow.can.${verb}`, fits !== undefined && rows.some(fits));
  }
}

function tell(key: string, value: boolean): void {
  if (told.get(key) === value) return;
  told.set(key, value);
  void vscode.commands.executeCommand("setContext", key, value);
}
