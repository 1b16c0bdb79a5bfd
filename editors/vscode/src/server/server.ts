/**
 * The server's life: found, started, restarted, stopped, and what it is asked. Owns the one language client; what is in
 * the way is told to who listens for trouble. Decides nothing about worktrees.
 */
import * as vscode from "vscode";
import type { Progress, QuietClient } from "./client";
import { selectedInterpreter } from "./interpreter";
import { type Found, locate, type Located } from "./locate";
import { initializationOptions } from "./options";
import {
  type Commands,
  type ListChanged,
  type Notifications,
  PROTOCOL_VERSION,
  type ServerStatus,
  type Verb,
} from "../protocol.generated";

export type Life = "off" | "missing" | "starting" | "running" | "stopped";
export type { Progress };

/** What keeps the server from being of use. */
export type Trouble =
  | { kind: "missing"; located: Exclude<Located, Found> }
  | { kind: "broken" | "crashing"; found: Found }
  | { kind: "version"; found: Found; theirs: number | undefined };

/** The server that runs, for a person who wants to know. */
export interface Facts {
  found: Found;
  version: string;
  protocol: number | undefined;
}

/** What rooms may listen to with {@link Server.on}; the types see to it that none is forgotten. */
const TOLD: Record<keyof Notifications, true> = {
  "hedgerow/listChanged": true,
  "hedgerow/attention": true,
  "hedgerow/edited": true,
  "hedgerow/commentsChanged": true,
  "hedgerow/reviewChanged": true,
  "hedgerow/serverStatus": true,
};

const CRASHES_ALLOWED = 3;
const CRASH_WINDOW_MS = 3 * 60 * 1000;

/** Thrown when a command cannot be sent because there is no server; the person has been told why. */
export class NoServer extends Error {}

export class Server implements vscode.Disposable {
  #client: QuietClient | undefined;
  #life: Life = "off";
  #crashes: number[] = [];
  #change: Promise<void> = Promise.resolve();
  #requested = 0;
  #facts: Facts | undefined;
  readonly #trouble$ = new vscode.EventEmitter<Trouble>();
  readonly #life$ = new vscode.EventEmitter<Life>();
  readonly #told$ = new vscode.EventEmitter<{ name: string; params: unknown }>();
  readonly onLife = this.#life$.event;
  readonly #change$ = new vscode.EventEmitter<undefined>();
  /** Something was done, or undone, at this editor's asking. */
  readonly onChange = this.#change$.event;
  readonly onTrouble = this.#trouble$.event;

  constructor(readonly log: vscode.LogOutputChannel) {}

  /** Listens to what the server tells without being asked, whichever client runs. */
  on<N extends keyof Notifications>(name: N, listen: (told: Notifications[N]) => void): vscode.Disposable {
    return this.#told$.event((told) => {
      if (told.name === name) listen(told.params as Notifications[N]);
    });
  }

  readonly onListChanged = (listen: (change: ListChanged) => void) => this.on("hedgerow/listChanged", listen);
  readonly onStatus = (listen: (status: ServerStatus) => void) => this.on("hedgerow/serverStatus", listen);

  get life(): Life {
    return this.#life;
  }

  /** Undefined unless it runs. */
  get facts(): Facts | undefined {
    return this.#life === "running" ? this.#facts : undefined;
  }

  /** Starts the server unless it runs. Whatever is in the way has been shown to the person when this ends. */
  async start(): Promise<void> {
    if (this.#life === "running") return;
    await this.restart();
  }

  /** Restarts coalesce: one runs, and however many are asked for meanwhile become one more. */
  restart(): Promise<void> {
    const mine = ++this.#requested;
    this.#change = this.#change.then(async () => {
      if (mine !== this.#requested) return;
      await this.#stopClient();
      await this.#startClient();
    });
    return this.#change;
  }

  async request<V extends Verb>(
    verb: V,
    params: Commands[V]["params"],
    cancel?: vscode.CancellationToken,
    onProgress?: (progress: Progress) => void,
  ): Promise<Commands[V]["result"]> {
    if (this.#life !== "running") await this.start();
    const client = this.#client;
    if (client === undefined || this.#life !== "running") throw new NoServer();
    const result = await client.execute(`hedgerow.${verb}`, params, cancel, onProgress);
    if ((result as { operation?: unknown } | null)?.operation != null && verb !== "show") {
      this.#change$.fire(undefined);
    }
    return result as Commands[V]["result"];
  }

  /** Tells a running server anew what the person set and trusts. */
  async sendOptions(): Promise<void> {
    if (this.#life !== "running") return;
    await this.#client?.configure(initializationOptions());
  }

  async dispose(): Promise<void> {
    this.#requested++;
    await this.#stopClient();
    this.#life$.dispose();
    this.#told$.dispose();
    this.#trouble$.dispose();
    this.#change$.dispose();
  }

  async #startClient(): Promise<void> {
    const found = await this.#find();
    if ("problem" in found) {
      this.#setLife("missing");
      this.#trouble$.fire({ kind: "missing", located: found });
      return;
    }
    this.#setLife("starting");
    const { QuietClient } = await import("./client");
    const client = new QuietClient(found.program, this.log, initializationOptions(), () => {
      this.#afterCrash();
    });
    for (const name of Object.keys(TOLD)) {
      client.onNotification(name, (params: unknown) => {
        this.#told$.fire({ name, params });
      });
    }
    this.#client = client;
    try {
      await client.start();
    } catch (error) {
      this.log.error(`the server did not start: ${String(error)}`);
      this.#client = undefined;
      this.#setLife("stopped");
      this.#trouble$.fire({ kind: "broken", found });
      return;
    }
    const facts = factsOf(found, client);
    this.#facts = facts;
    this.log.info(`the server runs: ${found.program} ${facts.version}`);
    this.#setLife("running");
    if (facts.protocol === PROTOCOL_VERSION) return;
    this.log.warn(
      `it speaks version ${facts.protocol ?? "unknown"} of the protocol, not ${PROTOCOL_VERSION}`,
    );
    this.#trouble$.fire({ kind: "version", found, theirs: facts.protocol });
  }

  #find(): Promise<Located> {
    const log = (line: string) => {
      this.log.info(line);
    };
    const setting = vscode.workspace.getConfiguration("hedgerow").get<string>("server.path", "").trim();
    return locate({ setting, environment: process.env, interpreter: () => selectedInterpreter(log) }, log);
  }

  async #stopClient(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    try {
      await client.dispose();
    } catch (error) {
      this.log.warn(`the server did not stop cleanly: ${String(error)}`);
    }
  }

  #afterCrash(): void {
    if (this.#life !== "running") return; // it never came up: #startClient tells
    this.#client = undefined; // the library cleans up after a client whose server is gone
    const now = Date.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < CRASH_WINDOW_MS), now];
    if (this.#crashes.length <= CRASHES_ALLOWED) {
      this.log.warn(`the server ended unexpectedly (${this.#crashes.length}); starting it again`);
      void this.restart();
      return;
    }
    this.#crashes = [];
    this.#setLife("stopped");
    if (this.#facts !== undefined) this.#trouble$.fire({ kind: "crashing", found: this.#facts.found });
  }

  #setLife(life: Life): void {
    if (life === this.#life) return;
    this.#life = life;
    this.#life$.fire(life);
  }
}

function factsOf(found: Found, client: QuietClient): Facts {
  const { serverInfo, capabilities } = client.initializeResult ?? {};
  const experimental = capabilities?.experimental as { hedgerow?: { protocolVersion?: number } } | undefined;
  const protocol = experimental?.hedgerow?.protocolVersion;
  return { found, version: serverInfo?.version ?? "", protocol };
}
