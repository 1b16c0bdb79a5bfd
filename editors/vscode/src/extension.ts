/** Where the parts of the extension are made and handed to each other. Holds no logic of its own. */
import * as vscode from "vscode";
import { type Listed, Palette } from "./commands/palette";
import { Follow } from "./follow/follow";
import { History } from "./history";
import { speakWith } from "./l10n";
import { List } from "./rows/list";
import { Pages } from "./commands/pages";
import { Prompts } from "./commands/prompts";
import { Runner } from "./commands/runner";
import { Review } from "./review";
import { Appearing } from "./server/appearing";
import { refusal } from "./server/refusal";
import { type Life, NoServer, Server } from "./server/server";
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
  const tellListed = (listed: Listed | "not yet") =>
    vscode.commands.executeCommand("setContext", "hedgerow.listed", listed);
  const appearing = new Appearing(() => void reload());
  const read = async (): Promise<Listed> => {
    try {
      list.replace(await server.request("list", {}));
      return list.repositories.length > 0 ? "yes" : "no repository";
    } catch (error) {
      list.clear();
      if (error instanceof NoServer || server.life !== "running") return "failed"; // told where it was found out
      const { message, code } = refusal(error);
      if (code === "notARepository") return "no repository";
      void vscode.window.showErrorMessage(message);
      return "failed";
    }
  };
  const reload = async () => {
    const listed = await read();
    if (server.life === "running") void tellListed(listed);
    appearing.watch(listed === "no repository");
    return listed;
  };
  const sendOptions = async () => {
    await server.sendOptions();
    if (server.life === "running") await reload();
  };
  const onLife = (life: Life) => {
    void vscode.commands.executeCommand("setContext", "hedgerow.server", life);
    if (life === "running") {
      void reload();
    } else {
      list.clear();
      void tellListed("not yet");
    }
  };
  const runner = new Runner(server, pages);
  const palette = new Palette(server, list, pages, new Prompts(list, server), runner, reload);
  context.subscriptions.push(
    log,
    server,
    appearing,
    tree,
    pages,
    new Troubles(server, pages),
    new StatusItem(server),
    palette,
    new Sessions(server, list, tree, runner, pages, palette),
    new Review(server, list, runner, pages, palette, context.workspaceState),
    new Follow(server, list, palette),
    new History(server, list, runner, pages, palette),
    server.onLife(onLife),
    server.onListChanged((change) => {
      if (!list.apply(change)) void reload();
    }),
    // Nothing of a folder that is not trusted is watched: look again when the person does.
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused && list.repositories.some(({ trusted }) => !trusted)) void reload();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(sendOptions),
    vscode.workspace.onDidChangeWorkspaceFolders(() => server.restart()), // trusted folders are told at the start
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("hedgerow.server")) void server.restart();
      else if (change.affectsConfiguration("hedgerow")) void sendOptions();
    }),
  );
  const opened = vscode.workspace.workspaceFolders?.some(({ uri }) => uri.scheme === "file") ?? false;
  if (opened) await server.start(); // without a folder the first command starts it
}
