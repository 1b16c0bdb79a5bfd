// Agents for the tests of sessions: scripted ones, which do what their prompts say, and the real ones.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { AGENTS, SERVER } from "./parts.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const SCRIPTED = join(ROOT, "tests/support/scripted_agent.py");

/** @typedef {import("./code.mjs").Code} Code */
/** @typedef {import("./place.mjs").Place} Place */

/**
 * Has scripted agents as launch lines of the person's own. What their prompts may say stands in scripted_agent.py.
 * @param {Place} place
 */
export function scripted(place, names = ["scripted", "second"]) {
  const line = JSON.stringify(["/usr/bin/python3", "-I", SCRIPTED, "{prompt}"]);
  const settings = ["[launchLines]", ...names.map((name) => `${name} = ${line}`), ""].join("\n");
  place.write(join(place.home, "config/hedgerow/settings.toml"), settings);
}

/**
 * Has the real agents, which trust these repositories and end with the editor.
 * @param {Code} code @param {Place} place @param {string[]} repositories
 */
export async function real(code, place, ...repositories) {
  const python = join(dirname(/** @type {string} */ (SERVER)), "python");
  const script = join(ROOT, "tests/vscode/support/agents.py");
  const child = spawn(python, [script, place.root, /** @type {string} */ (AGENTS), ...repositories], {
    env: place.environment,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), exited]);
  if (typeof line !== "string") throw new Error("the agents' home could not be made");
  for (const environment of [place.environment, code.environment])
    Object.assign(environment, JSON.parse(line));
  for (const name of ["claude", "codex"]) place.link(name, join(/** @type {string} */ (AGENTS), name));
  code.atEnd(async () => {
    child.stdin.end();
    await exited;
  });
}

/** A prompt that has the scripted model take these steps. */
export function script(/** @type {object[]} */ ...steps) {
  return `STUB${JSON.stringify(steps)}`;
}

/** The text of a file, empty as long as there is none. */
export function text(/** @type {string} */ path) {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
