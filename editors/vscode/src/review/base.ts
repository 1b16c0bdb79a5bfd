/**
 * The documents `hedgerow-base:`: a file as it is at the base, or as it was accepted last, as the server has it. Owns
 * telling the editor when one is another by now, but not while all changes of its checkout are open at once: there the
 * ground would move under whoever reads.
 */
import { readlink } from "node:fs/promises";
import * as vscode from "vscode";
import type { Server } from "../server/server";
import { refusal } from "../server/refusal";
import { NoServer } from "../server/server";
import { type Address, addressOf, SCHEME } from "./addresses";
import type { Reviews } from "./reviews";
import type { Spots } from "./spots";

export class BaseDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #held = new Set<string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #registered: vscode.Disposable[];

  constructor(
    private readonly server: Server,
    private readonly reviews: Reviews,
    private readonly spots: Spots,
    private readonly isHeld: (checkout: string) => boolean,
  ) {
    this.#registered = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.#texts.delete(uri.toString());
        this.#held.delete(uri.toString());
      }),
      server.on("hedgerow/reviewChanged", ({ checkout, all, paths }) => {
        this.#lookAgain((address) => address.checkout === checkout && (all || paths.includes(address.path)));
      }),
      reviews.onDidChange(({ checkout, path }) => {
        const isNow = (address: Address) => address.side === "now" && address.path === path;
        if (path !== undefined) this.#lookAgain((address) => address.checkout === checkout && isNow(address));
      }),
      server.onLife((life) => {
        if (life === "running") this.#lookAgain(() => true);
      }),
    ];
  }

  /** The text of a version; what cannot be shown says why. */
  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const text = await this.#text(uri);
    this.#texts.set(uri.toString(), text);
    return text;
  }

  /** From now on the documents may change again: those that did meanwhile are shown as they are. */
  release(): void {
    const held = [...this.#held];
    this.#held.clear();
    const isOne = (uri: vscode.Uri) => held.includes(uri.toString());
    this.#lookAgain(() => true, isOne);
  }

  dispose(): void {
    for (const registered of this.#registered) registered.dispose();
    this.#changed.dispose();
  }

  #lookAgain(meant: (address: Address) => boolean, also: (uri: vscode.Uri) => boolean = () => true): void {
    for (const { uri } of vscode.workspace.textDocuments) {
      const address = uri.scheme === SCHEME ? addressOf(uri) : undefined;
      if (address === undefined || !meant(address) || !also(uri)) continue;
      if (address.side === "base" && this.isHeld(address.checkout)) this.#held.add(uri.toString());
      else void this.#compare(uri);
    }
  }

  async #compare(uri: vscode.Uri): Promise<void> {
    if ((await this.#text(uri)) !== this.#texts.get(uri.toString())) this.#changed.fire(uri);
  }

  async #text(uri: vscode.Uri): Promise<string> {
    const address = addressOf(uri);
    if (address === undefined) return "";
    if (address.side === "now") return this.#asItIs(address);
    try {
      const ask = (path: string) =>
        this.server.request("baseContent", {
          ...this.reviews.named(address.checkout),
          path,
          side: address.side === "base" ? "base" : "reviewed",
        });
      const found = await ask(address.path);
      // Else its new name is accepted already.
      const answer = found.exists || address.now === undefined ? found : await ask(address.now);
      if (answer.binary) return vscode.l10n.t("A binary file: there is no text to show.");
      return answer.encoding === "latin-1" ? await this.#asTheFile(uri, address, answer.text) : answer.text;
    } catch (error) {
      if (error instanceof NoServer) return this.#texts.get(uri.toString()) ?? "";
      return refusal(error).message;
    }
  }

  /** What is not UTF-8 is decoded as the editor decodes the file beside it, so that only what differs is shown so. */
  async #asTheFile(uri: vscode.Uri, { checkout }: Address, text: string): Promise<string> {
    const file = this.spots.file(checkout, this.spots.of(uri)?.path ?? "");
    if (file === undefined) return text;
    const bytes = Buffer.from(text, "latin1");
    const open = vscode.workspace.textDocuments.find(
      (document) => document.uri.toString() === file.toString(),
    );
    return open === undefined
      ? vscode.workspace.decode(bytes, { uri: file })
      : vscode.workspace.decode(bytes, { encoding: open.encoding });
  }

  /** Of what is no text of its own: where a link leads. */
  async #asItIs({ checkout, path }: Address): Promise<string> {
    const file = this.spots.file(checkout, path);
    try {
      return file === undefined ? "" : await readlink(file.fsPath);
    } catch {
      return ""; // no link, or gone: the rows are about to say so
    }
  }
}
