// Runs a test in each of the VS Codes, each time in a place of its own, and leaves a picture and the logs when it fails.
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Code } from "./code.mjs";
import { CHROMIUM, EDITORS, skipWithout, VSIX } from "./parts.mjs";
import { Place } from "./place.mjs";

const FAILURES = join(dirname(fileURLToPath(import.meta.url)), "../../../build/vscode-failures");
const LIMIT_MS = 240_000;
/** A real editor misbehaves on its own at times: one more try, which is printed. With HEDGEROW_TRIES=1 there is none. */
const TRIES = Number(process.env.HEDGEROW_TRIES ?? 2);

/**
 * @param {string} title
 * @param {Record<string, string | undefined>} needs  further programs, by what they are called
 * @param {(parts: { code: Code; place: Place; shoot: (name: string) => Promise<void> }) => Promise<void>} body
 */
export function inEachEditor(title, needs, body) {
  inEditors(EDITORS, title, needs, body);
}

/** The same in today's VS Code alone, where the versions cannot differ. @type {typeof inEachEditor} */
export function inTodaysEditor(title, needs, body) {
  inEditors(EDITORS.slice(-1), title, needs, body);
}

/** @type {(editors: typeof EDITORS, ...rest: Parameters<typeof inEachEditor>) => void} */
function inEditors(editors, title, needs, body) {
  for (const { name, program } of editors) {
    const skip = skipWithout({
      [name]: program,
      Chromium: CHROMIUM,
      "the packaged extension": VSIX,
      ...needs,
    });
    test(`${title} [${name}]`, { skip, timeout: TRIES * LIMIT_MS }, async (t) => {
      for (let attempt = 1; ; attempt++) {
        const place = new Place();
        const code = new Code(/** @type {string} */ (program), place);
        try {
          await body({ code, place, shoot: (picture) => code.shoot(picture) });
          return;
        } catch (error) {
          await keep(code, place, `${t.name} ${attempt}`);
          if (attempt === TRIES) throw error;
          console.log(`RETRY: ${t.name}: ${String(error).split("\n")[0]}`);
        } finally {
          await code.close();
          place.remove();
        }
      }
    });
  }
}

async function keep(/** @type {Code} */ code, /** @type {Place} */ place, /** @type {string} */ name) {
  const directory = join(FAILURES, name.replaceAll(/[^\w.-]+/g, "-"));
  mkdirSync(directory, { recursive: true });
  await code.window?.page.screenshot({ path: join(directory, "window.png") });
  const logs = join(code.userData, "logs");
  if (existsSync(logs)) cpSync(logs, join(directory, "logs"), { recursive: true });
  const state = join(place.home, "state/hedgerow/logs");
  if (existsSync(state)) cpSync(state, join(directory, "hedgerow-logs"), { recursive: true });
  console.log(`a picture of the window and the logs are in ${directory}`);
}
