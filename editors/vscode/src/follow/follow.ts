/**
 * Follows what agents edit: one session, one checkout, or all. Owns what is followed and whether that is paused; which
 * edits there are, the server tells.
 */
import * as vscode from "vscode";
import type { Palette } from "../commands/palette";
import type { Target } from "../commands/prompts";
import type { Edited } from "../protocol.generated";
import type { List } from "../rows/list";
import { refusal } from "../server/refusal";
import { NoServer, type Server } from "../server/server";
import { chosen, type Followed, named } from "./choice";
import { isShown, linesOf, wordsOf } from "./edit";
import { FollowItem, type Following } from "./item";
import { Preview } from "./preview";

export class Follow implements vscode.Disposable {
  readonly #preview = new Preview();
  readonly #item = new FollowItem();
  readonly #registered: vscode.Disposable[];
  #followed: Followed | undefined;
  #paused = false;
  /** What is to be shown next; of several that come meanwhile, the newest. */
  #next: Edited | undefined;
  #showing = false;
  #latest: string | undefined;

  constructor(
    private readonly server: Server,
    private readonly list: List,
    palette: Palette,
  ) {
    const own = async (target: Target, title: string) => {
      const followed = named(target) ?? (await chosen(list, title));
      if (followed !== undefined) await this.#begin(followed);
    };
    palette.own("follow", own, { everywhere: true });
    const register = (id: string, run: (node?: unknown) => unknown) =>
      vscode.commands.registerCommand(`hedgerow.client.${id}`, run);
    this.#registered = [
      register("follow", (node) => vscode.commands.executeCommand("hedgerow.ui.follow", node)),
      register("pauseFollowing", () => {
        this.#pause();
      }),
      register("resumeFollowing", () => {
        this.#resume();
      }),
      register("stopFollowing", () => this.#stop()),
      this.#preview.onActed(() => {
        this.#pause();
      }),
      server.on("hedgerow/edited", (edited) => {
        this.#heard(edited);
      }),
      server.onLife((life) => {
        if (life === "running") void this.#askAgain();
      }),
    ];
    this.#draw();
  }

  dispose(): void {
    for (const registered of this.#registered) registered.dispose();
    this.#preview.dispose();
    this.#item.dispose();
  }

  /** Follows this and nothing else from now on. */
  async #begin(followed: Followed): Promise<void> {
    try {
      if (this.#followed !== undefined) await this.server.request("follow", { all: true, on: false });
      await this.server.request("follow", followed.params);
    } catch (error) {
      if (error instanceof NoServer) return; // told where it was found out
      void vscode.window.showErrorMessage(refusal(error).message);
      if (this.#followed !== undefined) await this.#ended();
      return;
    }
    this.#followed = followed;
    this.#paused = false;
    this.#next = this.#latest = undefined;
    this.#draw();
  }

  /** A server that has just begun knows nothing of it. */
  async #askAgain(): Promise<void> {
    const followed = this.#followed;
    if (followed === undefined) return;
    try {
      await this.server.request("follow", followed.params);
      this.server.log.info(`following ${followed.label} again`);
    } catch (error) {
      if (error instanceof NoServer) return;
      this.server.log.warn(`no longer following ${followed.label}: ${refusal(error).message}`);
      await this.#ended();
    }
  }

  async #stop(): Promise<void> {
    if (this.#followed === undefined) return;
    await this.#ended();
    if (this.server.life !== "running") return;
    await this.server.request("follow", { all: true, on: false }).catch((error: unknown) => {
      this.server.log.warn(`the server still follows: ${refusal(error).message}`);
    });
  }

  async #ended(): Promise<void> {
    this.#followed = this.#next = this.#latest = undefined;
    this.#paused = false;
    this.#draw();
    await this.#preview.close();
  }

  #pause(): void {
    if (this.#followed === undefined || this.#paused) return;
    this.#paused = true;
    this.#preview.hold();
    this.#draw();
  }

  #resume(): void {
    if (this.#followed === undefined) return;
    this.#paused = false;
    this.#draw();
    void this.#show();
  }

  #heard(edited: Edited): void {
    if (this.#followed === undefined || edited.by === "you") return;
    this.#next = edited;
    const root = this.list.checkout(edited.checkout);
    const words = wordsOf(edited, vscode.Uri.parse(edited.uri).fsPath, root?.path);
    this.#latest = root === undefined ? words : `${root.label}: ${words}`;
    this.#draw();
    void this.#show();
  }

  /** Shows the newest edit, and what came while that took. */
  async #show(): Promise<void> {
    if (this.#showing) return;
    this.#showing = true;
    try {
      while (this.#next !== undefined && !this.#paused) {
        const edited = this.#next;
        this.#next = undefined;
        if (!isShown(edited)) continue;
        const uri = vscode.Uri.parse(edited.uri);
        const shown = await this.#preview.show(uri, (document) => linesOf(edited, document.lineCount));
        if (!shown)
          this.server.log.info(`follow: ${uri.fsPath} is not shown: no text, or yours is not saved`);
      }
    } finally {
      this.#showing = false;
    }
  }

  #draw(): void {
    const state: Following = this.#followed === undefined ? "off" : this.#paused ? "paused" : "on";
    this.#item.draw(state, this.#followed?.label ?? "", this.#latest);
  }
}
