/** Which file of which checkout a document shows, and the addresses of what is shown. Asks nobody: it goes by the rows. */
import * as vscode from "vscode";
import type { CheckoutRow, FileChange } from "../protocol.generated";
import type { List } from "../rows/list";
import { addressOf, queryOf, SCHEME, type Side } from "./addresses";

export interface Spot {
  row: CheckoutRow;
  /** As commands take it: where the file is now, also for the base's version of a renamed one. */
  path: string;
  side: "working" | Side;
}

export class Spots {
  constructor(private readonly list: List) {}

  row(checkout: string): CheckoutRow | undefined {
    return this.list.checkout(checkout);
  }

  of(uri: vscode.Uri): Spot | undefined {
    if (uri.scheme === SCHEME) {
      const address = addressOf(uri);
      const row = address && this.row(address.checkout);
      if (address === undefined || row === undefined) return undefined;
      return { row, path: address.now ?? address.path, side: address.side };
    }
    if (uri.scheme !== "file") return undefined;
    const row = this.list.holding(uri.path);
    if (row === undefined || row.path === uri.path) return undefined;
    return { row, path: uri.path.slice(row.path.length + 1), side: "working" };
  }

  /** The file itself; undefined when its checkout is gone. */
  file(checkout: string, path: string): vscode.Uri | undefined {
    const row = this.row(checkout);
    return row && vscode.Uri.file(`${row.path}/${path}`);
  }
}

/** The address of one version of a file. A renamed one is found again by where it is now. */
export function versionOf(
  row: CheckoutRow,
  side: Side,
  file: Pick<FileChange, "path" | "oldPath">,
): vscode.Uri {
  const path = side === "now" ? file.path : (file.oldPath ?? file.path);
  const address = { checkout: row.id, side, path, ...(path === file.path ? {} : { now: file.path }) };
  return vscode.Uri.from({ scheme: SCHEME, path: `${row.path}/${path}`, query: queryOf(address) });
}
