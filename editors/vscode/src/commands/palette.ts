/**
 * The palette: one command `hedgerow.ui.<verb>` for each verb of the protocol's table, and who carries it out.
 * Owns which answer is shown how.
 */
import * as vscode from "vscode";
import { t } from "../l10n";
import type { List } from "../rows/list";
import type { Pages } from "./pages";
import { type Command, type Prompts, type Target } from "./prompts";
import { COMMANDS, type DoctorResult, type ShowResult, type Verb } from "../protocol.generated";
import { tellNoRepository } from "./nowhere";
import type { Runner } from "./runner";
import { NoServer, type Server } from "../server/server";
import { checkoutOf, type Node } from "../rows/node";
import type { Listed } from "../rows/reading";
import { detailsText, healthText } from "./texts";

const NOWHERE: Target = { repository: undefined, repositoryId: undefined, checkout: undefined };

/** How a room carries out one of its verbs. */
export type Own = (target: Target, title: string) => Promise<void>;

export class Palette implements vscode.Disposable {
  readonly #registered: vscode.Disposable[];
  readonly #own = new Map<Verb, { run: Own; everywhere: boolean }>();

  constructor(
    private readonly server: Server,
    private readonly list: List,
    private readonly pages: Pages,
    private readonly prompts: Prompts,
    private readonly runner: Runner,
    private readonly reload: () => Promise<Listed>,
  ) {
    this.#registered = COMMANDS.map((command) =>
      vscode.commands.registerCommand(`hedgerow.ui.${command.verb}`, (node?: Node) =>
        this.#run(command, node),
      ),
    );
  }

  /**
   * A verb that a room carries out in a way of its own, once there is a server, a list and a target.
   *
   * @param everywhere it is about all repositories: from the palette it need not be asked which one
   */
  own(verb: Verb, run: Own, { everywhere = false } = {}): void {
    this.#own.set(verb, { run, everywhere });
  }

  dispose(): void {
    for (const registered of this.#registered) registered.dispose();
  }

  async #run(command: Command, node: Node | undefined): Promise<void> {
    const { verb, changes } = command;
    const title = t(command.title);
    await this.server.start();
    if (this.server.life !== "running") return; // told when it was looked for
    const listed = this.list.loaded ? "yes" : await this.reload();
    if (listed === "failed") return; // told when it was read
    if (node === undefined && this.list.repositories.length === 0 && verb !== "doctor") {
      await tellNoRepository();
      return;
    }
    if (verb === "list") {
      await this.reload();
      await vscode.commands.executeCommand("hedgerow.worktrees.focus");
      return;
    }
    try {
      const own = this.#own.get(verb);
      const everywhere = node === undefined && own?.everywhere === true;
      const target = everywhere ? NOWHERE : await this.#target(title, node);
      if (target === undefined) return;
      if (own !== undefined) {
        await own.run(target, title);
        return;
      }
      const params = await this.prompts.params(command, target);
      if (params === undefined) return;
      if (changes) await this.runner.change(verb, title, params);
      else this.#show(verb, await this.runner.answer(verb, title, params));
    } catch (error) {
      if (!(error instanceof NoServer)) throw error;
    }
  }

  /** The row a command was called on; from the palette the repository of the active editor, else a choice. */
  async #target(title: string, node: Node | undefined): Promise<Target | undefined> {
    if (node !== undefined && node.kind !== "group") {
      const checkout = checkoutOf(node);
      const id = node.kind === "repository" ? node.row.id : (checkout?.repository ?? undefined);
      const repository = id === undefined ? undefined : this.list.repository(id);
      const target = { repository: repository?.path, repositoryId: id, checkout };
      return node.kind === "session" ? { ...target, session: node.row } : target;
    }
    const repositories = this.list.repositories;
    const file = vscode.window.activeTextEditor?.document.uri;
    const holder = file?.scheme === "file" ? this.list.holding(file.fsPath) : undefined;
    const active = repositories.find(({ id }) => id === holder?.repository);
    const only = active ?? (repositories.length === 1 ? repositories[0] : undefined);
    if (only !== undefined || repositories.length === 0) {
      return { repository: only?.path, repositoryId: only?.id, checkout: undefined };
    }
    const choices = repositories.map((row) => ({ label: row.name, description: row.path, row }));
    const row = (
      await vscode.window.showQuickPick(choices, { title, placeHolder: t("In which repository?") })
    )?.row;
    return row && { repository: row.path, repositoryId: row.id, checkout: undefined };
  }

  #show(verb: Verb, answer: unknown): void {
    if (answer === undefined) return;
    if (verb === "doctor")
      void this.pages.show(t("Hedgerow: health") + ".txt", healthText(answer as DoctorResult));
    else if (verb === "show")
      void this.pages.show(t("Hedgerow: details") + ".txt", detailsText(answer as ShowResult));
    else void this.pages.show(`Hedgerow: ${verb}.json`, JSON.stringify(answer, null, 2));
  }
}
