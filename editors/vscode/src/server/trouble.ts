/**
 * What is in the server's way, told to the person: one message for each, with what they can do about it. Owns these
 * messages and the commands for it; the server's life is its own.
 */
import * as vscode from "vscode";
import type { Pages } from "../commands/pages";
import { t } from "../l10n";
import { PROTOCOL_VERSION } from "../protocol.generated";
import { install, installer } from "./install";
import type { Server, Trouble } from "./server";

interface Way {
  title: string;
  run: () => unknown;
}

export class Troubles implements vscode.Disposable {
  readonly #registered: vscode.Disposable[];
  #installing = false;

  constructor(
    private readonly server: Server,
    private readonly pages: Pages,
  ) {
    const register = (id: string, run: () => unknown) =>
      vscode.commands.registerCommand(`hedgerow.client.${id}`, run);
    this.#registered = [
      server.onTrouble((trouble) => void this.#tell(trouble)),
      register("restart", () => server.restart()),
      register("showLog", () => {
        server.log.show();
      }),
      register("showStatus", () => this.#showStatus()),
      register("installServer", () => this.#install("install")),
      register("chooseServer", chooseProgram),
      register("serverSettings", openServerSettings),
      register("manageTrust", () => vscode.commands.executeCommand("workbench.trust.manage")),
    ];
    void vscode.commands.executeCommand("setContext", "hedgerow.installer", installer()?.name ?? "none");
  }

  dispose(): void {
    for (const registered of this.#registered) registered.dispose();
  }

  async #tell(trouble: Trouble): Promise<void> {
    if (this.#installing) return; // what is being installed may be what is in the way
    const { text, ways } = this.#words(trouble);
    const show =
      trouble.kind === "version" ? vscode.window.showWarningMessage : vscode.window.showErrorMessage;
    const chosen = await show(text, ...ways.map(({ title }) => title));
    await ways.find(({ title }) => title === chosen)?.run();
  }

  #words(trouble: Trouble): { text: string; ways: Way[] } {
    const showLog = {
      title: t("Show Log"),
      run: () => {
        this.server.log.show();
      },
    };
    const startAgain = { title: t("Start Again"), run: () => this.server.restart() };
    const choose = { title: t("Choose Program…"), run: chooseProgram };
    const settings = { title: t("Open Settings"), run: openServerSettings };
    switch (trouble.kind) {
      case "missing":
        if (trouble.located.by === "setting")
          return { text: trouble.located.problem, ways: [settings, choose] };
        return this.#missing(trouble.located.problem, choose, settings);
      case "broken":
        return {
          text: t("Hedgerow's server did not start ({0}).", trouble.found.program),
          ways: [startAgain, showLog],
        };
      case "crashing":
        return {
          text: t("Hedgerow's server keeps ending unexpectedly and was not started again."),
          ways: [startAgain, showLog],
        };
      case "version":
        return this.#version(trouble);
    }
  }

  #missing(problem: string, choose: Way, settings: Way): { text: string; ways: Way[] } {
    const with_ = installer();
    if (with_ === undefined) {
      const how = { title: t("How to Install"), run: openWalkthrough };
      return {
        text: `${problem} ${t("To install it, have uv or pipx first.")}`,
        ways: [how, choose, settings],
      };
    }
    const now = { title: t("Install with {0}", with_.name), run: () => this.#install("install") };
    return { text: problem, ways: [now, choose, settings] };
  }

  #version({ found, theirs }: Extract<Trouble, { kind: "version" }>): { text: string; ways: Way[] } {
    const serverIsOlder = theirs === undefined || theirs < PROTOCOL_VERSION;
    const versions = t(
      "The server speaks version {0} of their protocol, this extension version {1}.",
      theirs ?? t("unknown"),
      PROTOCOL_VERSION,
    );
    if (!serverIsOlder) {
      const look = () => vscode.commands.executeCommand("workbench.extensions.action.checkForUpdates");
      const text = t("Hedgerow's extension is older than its server; update the extension.");
      return { text: `${text} ${versions}`, ways: [{ title: t("Check for Updates"), run: look }] };
    }
    const with_ = installer();
    const update = { title: t("Update Server"), run: () => this.#install("upgrade") };
    const choose = { title: t("Choose Program…"), run: chooseProgram };
    const ways = found.by === "setting" || with_ === undefined ? [choose] : [update, choose];
    const text = t("Hedgerow's server is older than this extension; update the server ({0}).", found.program);
    return { text: `${text} ${versions}`, ways };
  }

  async #install(what: "install" | "upgrade"): Promise<void> {
    const with_ = installer();
    if (with_ === undefined) {
      await openWalkthrough();
      return;
    }
    if (this.#installing) return;
    this.#installing = true;
    let well = false;
    try {
      well = await install(with_, what, (line) => {
        this.server.log.info(line);
      });
    } finally {
      this.#installing = false;
    }
    if (well) {
      await this.server.restart(); // looks for it again
      return;
    }
    const text = t("{0} did not install Hedgerow's server; its terminal says why.", with_.name);
    const again = t("Try Again");
    if ((await vscode.window.showErrorMessage(text, again)) === again) await this.#install(what);
  }

  /** What a person who reports a defect is asked for. */
  async #showStatus(): Promise<void> {
    const { facts, life } = this.server;
    const lines =
      facts === undefined
        ? [t("The server does not run ({0}).", life)]
        : [
            t("The server runs: {0}", facts.found.program),
            t("Its version: {0}", facts.version),
            t("Its protocol: {0}; this extension's: {1}", facts.protocol ?? "?", PROTOCOL_VERSION),
          ];
    const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) =>
      uri.scheme === "file" ? uri.fsPath : uri.toString(),
    );
    const trust = vscode.workspace.isTrusted ? t("trusted") : t("not trusted: only listed");
    lines.push(
      t("Folders ({0}): {1}", trust, folders.length === 0 ? t("none") : folders.join(", ")),
      t("Programs are installed with: {0}", installer()?.program ?? t("neither uv nor pipx is on PATH")),
      `VS Code ${vscode.version}`,
      "",
      t("How the server was looked for is in the log: Hedgerow: Show Log."),
      "",
    );
    await this.pages.show(`${t("Hedgerow: status")}.txt`, lines.join("\n"));
  }
}

/** Where the server's path is set: with a remote (WSL, ssh, a browser) that is a page of its own. */
async function openServerSettings(): Promise<void> {
  const page = vscode.env.remoteName === undefined ? "openSettings" : "openRemoteSettings";
  await vscode.commands.executeCommand(`workbench.action.${page}`, { query: "hedgerow.server.path" });
}

async function openWalkthrough(): Promise<void> {
  await vscode.commands.executeCommand("workbench.action.openWalkthrough", "hedgerow.hedgerow#begin");
}

async function chooseProgram(): Promise<void> {
  const [program] =
    (await vscode.window.showOpenDialog({ title: t("The Program 'hedgerow'"), openLabel: t("Use") })) ?? [];
  if (program === undefined) return;
  const configuration = vscode.workspace.getConfiguration("hedgerow");
  await configuration.update("server.path", program.fsPath, vscode.ConfigurationTarget.Global); // starts it
}
