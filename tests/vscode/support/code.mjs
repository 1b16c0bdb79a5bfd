// One running VS Code (code-server) with the packaged extension installed in it as a person would, and a browser on it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { CHROMIUM, VSIX } from "./parts.mjs";
import { Window } from "./window.mjs";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const SETTINGS = {
  "workbench.startupEditor": "none",
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "workbench.reduceMotion": "on",
  "update.mode": "none",
  "chat.disableAIFeatures": true,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
};
const READY_MS = 90_000;

/** @typedef {import("./place.mjs").Place} Place */

export class Code {
  /** @type {(() => Promise<unknown>)[]} What was started, last first. */
  #undo = [];
  /** @type {Window | undefined} */
  window;
  /** @type {import("playwright-core").Browser | undefined} */
  #browser;
  #address = "";

  constructor(/** @type {string} */ program, /** @type {Place} */ place) {
    this.program = program;
    this.place = place;
    this.userData = join(place.root, "user-data");
    this.extensions = join(place.root, "extensions");
    this.environment = { ...place.environment };
  }

  /**
   * Starts the editor with the extension in it, and opens a window.
   * @param {string | undefined} folder  or the file of a workspace; none for an empty window
   * @param {{ settings?: Record<string, unknown>; trust?: boolean }} options
   */
  async open(folder, { settings = {}, trust = false } = {}) {
    this.place.write(join(this.userData, "User/settings.json"), JSON.stringify({ ...SETTINGS, ...settings }));
    this.place.write(join(this.place.root, "config.yaml"), "auth: none\n");
    await this.#run("--install-extension", /** @type {string} */ (VSIX));
    const address = await this.#serve(trust);
    const browser = await chromium.launch({
      executablePath: /** @type {string} */ (CHROMIUM),
      args: FLAGS,
      env: { ...this.environment, PATH: process.env.PATH ?? "" },
    });
    this.#undo.unshift(() => browser.close());
    this.#browser = browser;
    this.#address = address;
    this.window = await this.another(folder);
    return this.window;
  }

  /**
   * One more window of the same editor.
   * @param {string | undefined} folder  or the file of a workspace; none for an empty window
   */
  async another(folder) {
    const kind = folder?.endsWith(".code-workspace") ? "workspace" : "folder";
    const query = folder === undefined ? "ew=true" : `${kind}=${encodeURIComponent(folder)}`;
    for (let attempt = 1; ; attempt++) {
      const browser = /** @type {import("playwright-core").Browser} */ (this.#browser);
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      try {
        await page.goto(`${this.#address}/?${query}`);
        await page.locator(".monaco-workbench .statusbar-item").first().waitFor({ timeout: READY_MS });
        return new Window(page);
      } catch (error) {
        // The one retry there is: an editor that does not come up at all says nothing about the extension.
        if (attempt === 2) throw error;
        console.log(`RETRY: VS Code did not come up: ${String(error).split("\n")[0]}`);
        await page.close();
      }
    }
  }

  /** Keeps a picture of the window when HEDGEROW_PICTURES names a directory for them. */
  async shoot(/** @type {string} */ name) {
    const directory = process.env.HEDGEROW_PICTURES;
    if (directory) await this.window?.page.screenshot({ path: join(directory, `${name}.png`) });
  }

  /** What the extension has logged so far. */
  extensionLog() {
    const logs = join(this.userData, "logs");
    return readdirSync(logs, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith("hedgerow.hedgerow/Hedgerow.log"))
      .map((file) => readFileSync(join(logs, file), "utf8"))
      .join("");
  }

  /** What is to be undone when everything that was started here has ended. */
  atEnd(/** @type {() => Promise<unknown>} */ undo) {
    this.#undo.push(undo);
  }

  async close() {
    for (const undo of this.#undo) await undo();
  }

  #arguments() {
    const { userData, extensions } = this;
    const config = join(this.place.root, "config.yaml");
    return ["--config", config, "--user-data-dir", userData, "--extensions-dir", extensions];
  }

  #start(/** @type {string[]} */ args) {
    const options = { env: this.environment, cwd: this.place.root, detached: true }; // a group of its own, to end it whole
    const child = spawn(this.program, [...this.#arguments(), ...args], options);
    const exited = once(child, "exit");
    this.#undo.unshift(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      endGroup(child, "SIGTERM");
      const hard = setTimeout(() => endGroup(child, "SIGKILL"), 5000);
      await exited;
      clearTimeout(hard);
      endGroup(child, "SIGKILL"); // whatever of the group outlived its leader
    });
    return { child, exited };
  }

  async #run(/** @type {string[]} */ ...args) {
    const { child, exited } = this.#start(args);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    const [code] = await exited;
    if (code !== 0) throw new Error(`code-server ${args.join(" ")} ended with ${code}:\n${output}`);
  }

  /** Starts the editor's own server; resolves to its address. */
  async #serve(/** @type {boolean} */ trust) {
    const { child, exited } = this.#start([
      "--bind-addr=127.0.0.1:0",
      "--disable-telemetry",
      "--disable-update-check",
      "--disable-getting-started-override",
      ...(trust ? [] : ["--disable-workspace-trust"]),
    ]);
    const lines = createInterface({ input: child.stdout });
    child.stderr.resume();
    const listening = new Promise((resolve) => {
      lines.on("line", (line) => {
        const found = /listening on (http:\/\/\S+?)\/?$/.exec(line);
        if (found) resolve(found[1]);
      });
    });
    const ended = exited.then(([code]) => {
      throw new Error(`code-server ended with ${code} before it listened`);
    });
    ended.catch(() => undefined); // ends in every case; a failure only if nothing listened before
    return /** @type {Promise<string>} */ (Promise.race([listening, ended]));
  }
}

function endGroup(
  /** @type {import("node:child_process").ChildProcess} */ child,
  /** @type {NodeJS.Signals} */ signal,
) {
  try {
    process.kill(-(/** @type {number} */ (child.pid)), signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error; // all of it has ended already
  }
}
