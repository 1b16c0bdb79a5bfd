// A module of the extension that needs no editor, bundled as the extension is, for the tests in unit/.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const EXTENSION = join(dirname(fileURLToPath(import.meta.url)), "../../../editors/vscode");
const esbuild = createRequire(join(EXTENSION, "package.json"))("esbuild");

/** A directory of this test file's own. */
export const scratch = mkdtempSync(join(tmpdir(), "hedgerow-unit-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/**
 * What `src/<name>.ts` exports. A module that imports `vscode` has no place here: it fails to load.
 * @param {string} name  `rows/list`, for instance
 * @returns {Promise<any>}
 */
export async function part(name) {
  const outfile = join(scratch, `${name.replaceAll("/", "-")}.mjs`);
  const entryPoints = [join(EXTENSION, "src", `${name}.ts`)];
  await esbuild.build({ entryPoints, outfile, bundle: true, format: "esm", platform: "node" });
  return import(pathToFileURL(outfile).href);
}
