/** Where the parts of the extension are made and handed to each other. Holds no logic of its own. */
import * as vscode from "vscode";
import { Pages } from "./commands/pages";
import { Palette } from "./commands/palette";
import { Prompts } from "./commands/prompts";
import { Runner } from "./commands/runner";
import { Follow } from "./follow/follow";
import { History } from "./history";
import { speakWith } from "./l10n";
import { Review } from "./review";
import { List } from "./rows/list";
import { Reading } from "./rows/reading";
import { Server } from "./server/server";
import { Surroundings } from "./server/surroundings";
import { Troubles } from "./server/trouble";
import { Sessions } from "./sessions";
import { StatusItem } from "./views/status";
import { Tree } from "./views/tree";

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  speakWith((message, ...words) => vscode.l10n.t(message, ...words));
  const log = vscode.window.createOutputChannel("Hedgerow", { log: true });
  const server = new Server(log);
  const list = new List();
  const tree = new Tree(list);
  const pages = new Pages();
  const reading = new Reading(server, list);
  const surroundings = new Surroundings(server, () => reading.again());
  const runner = new Runner(server, pages);
  const palette = new Palette(server, list, pages, new Prompts(list, server), runner, () => reading.again());
  context.subscriptions.push(
    log,
    server,
    reading,
    surroundings,
    tree,
    pages,
    new Troubles(server, pages),
    new StatusItem(server),
    palette,
    new Sessions(server, list, tree, runner, pages, palette),
    new Review(server, list, runner, pages, palette, context.workspaceState),
    new Follow(server, list, palette),
    new History(server, list, runner, pages, palette),
  );
  await surroundings.begin();
}
