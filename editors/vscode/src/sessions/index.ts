/**
 * Everything about sessions that is more than their rows: answers, terminals, messages, the status bar. Owns the client's
 * commands about them; what a session is and does, the server knows.
 */
import * as vscode from "vscode";
import type { Pages } from "../commands/pages";
import type { Palette } from "../commands/palette";
import type { Target } from "../commands/prompts";
import type { Runner } from "../commands/runner";
import { t } from "../l10n";
import type { SessionRow } from "../protocol.generated";
import type { List } from "../rows/list";
import { checkoutOf, type Node } from "../rows/node";
import { urgent } from "../rows/order";
import { facts, phaseWord } from "../rows/sessionWords";
import type { Server } from "../server/server";
import { HereItem } from "../views/here";
import { NeedItem } from "../views/need";
import type { Tree } from "../views/tree";
import { Answering } from "./answering";
import { AttentionMessages } from "./attention";
import { tellContext } from "./context";
import { worktreeMenu } from "./menu";
import { addToWorkspace, openInNewWindow, openTerminal, placeOf } from "./places";
import { Terminals } from "./terminals";
import { Verbs } from "./verbs";

export class Sessions implements vscode.Disposable {
  readonly #terminals = new Terminals();
  readonly #verbs: Verbs;
  readonly #answering: Answering;
  readonly #owned: { dispose(): unknown }[];

  constructor(
    server: Server,
    private readonly list: List,
    private readonly tree: Tree,
    runner: Runner,
    private readonly pages: Pages,
    palette: Palette,
  ) {
    this.#verbs = new Verbs(server, list, runner, pages, this.#terminals);
    this.#answering = new Answering(list, runner, pages, (session) => this.#verbs.attach(session));
    this.#verbs.answering = this.#answering;
    this.#verbs.register(palette);
    const attention = new AttentionMessages(
      this.#answering,
      this.#terminals,
      (row) => this.goTo(row, false),
      (row) => tree.session(row.id),
    );
    const need = new NeedItem(list);
    const here = new HereItem(list);
    const stop = list.onChange(() => {
      this.#answering.noteShown();
      tellContext(list);
      need.draw();
      here.draw();
    });
    this.#owned = [
      this.#terminals,
      need,
      here,
      { dispose: stop },
      server.on("hedgerow/attention", (told) => void attention.told(told)),
      ...this.#commands(),
    ];
  }

  /** Takes the person to a session: its row, and where it waits its question. */
  async goTo(row: SessionRow, answer = true): Promise<void> {
    const node = this.tree.session(row.id);
    if (node !== undefined) await this.tree.reveal(node, true);
    const now = this.list.session(row.id);
    if (answer && now?.phase === "waiting") await this.#answering.ask(now);
  }

  dispose(): void {
    for (const owned of this.#owned) owned.dispose();
  }

  #commands(): vscode.Disposable[] {
    // A key in the view means the row that is selected there, and says so.
    const on = (id: string, run: (node: Node | undefined) => unknown) =>
      vscode.commands.registerCommand(`hedgerow.client.${id}`, (node?: Node | "selected") =>
        run(node === "selected" ? this.tree.view.selection[0] : node),
      );
    const session = (run: (row: SessionRow) => Promise<void>) => async (node: Node | undefined) => {
      if (node?.kind === "session") await run(node.row);
    };
    return [
      on(
        "look",
        session((row) => this.#look(row)),
      ),
      on(
        "approve",
        session((row) => this.#answering.decide(row, "approve")),
      ),
      on(
        "deny",
        session((row) => this.#answering.decide(row, "deny")),
      ),
      on("renameSession", (node) => this.#verbs.rename(this.#target(node), t("Rename Session"))),
      on("unpin", (node) => vscode.commands.executeCommand("hedgerow.ui.pin", node)),
      on("bringBack", () => this.#verbs.bringBack(this.#target(undefined), t("Bring Back Archived Session"))),
      on("next", () => this.#next()),
      on("worktreeMenu", () => worktreeMenu(this.list)),
      on("open", async (node) => {
        const place = await placeOf(this.list, node, t("Open in New Window"));
        if (place !== undefined) await openInNewWindow(place);
      }),
      on("addToWorkspace", async (node) => {
        const place = await placeOf(this.list, node, t("Add to Workspace"));
        if (place !== undefined) addToWorkspace(place);
      }),
      on("openTerminal", async (node) => {
        const place = await placeOf(this.list, node, t("Open Terminal"));
        if (place !== undefined) openTerminal(place);
      }),
    ];
  }

  #target(node: Node | undefined): Target {
    const checkout = node === undefined ? undefined : checkoutOf(node);
    const repository = checkout === undefined ? undefined : this.list.repository(checkout.repository);
    return {
      repository: repository?.path,
      repositoryId: repository?.id,
      checkout,
      ...(node?.kind === "session" ? { session: node.row } : {}),
    };
  }

  async #next(): Promise<void> {
    const [first] = urgent(this.list.sessions);
    if (first === undefined) {
      vscode.window.setStatusBarMessage(t("No session needs you."), 5000);
      return;
    }
    await this.goTo(first);
  }

  /** A click on a row: what it asks, else what it said last. Counts as having looked. */
  async #look(row: SessionRow): Promise<void> {
    if (row.phase === "waiting") {
      await this.#answering.ask(row);
      return;
    }
    const checkout = row.checkout == null ? undefined : this.list.checkout(row.checkout);
    const known = facts(row, checkout, Date.now() / 1000).map(([name, fact]) => `- ${name}: ${fact}`);
    const said = [row.phase === "failed" ? row.detail : undefined, row.lastMessage].filter(
      (part) => part != null && part !== "",
    );
    const phase = row.phase === "done" ? t("done") : phaseWord(row.phase); // it is looked at by now
    const paragraphs = [`# ${row.label}`, phase, ...said, ["---", ...known].join("\n")];
    await this.pages.show(t("Hedgerow: session") + ".md", `${paragraphs.join("\n\n")}\n`, true);
    if (row.phase === "done" || row.phase === "failed") await this.#verbs.seen(row);
  }
}
