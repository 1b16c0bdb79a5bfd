/**
 * Finds the server's program. Owns the order of the places it may be in; starts nothing.
 *
 * 1. the setting `hedgerow.server.path`; when it is set, nothing else is tried
 * 2. `hedgerow` in the directories of PATH (where pipx and uv put it)
 */
import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";

export type Located = { program: string } | { problem: string };

export function locate(setting: string, searchPath: string, log: (line: string) => void): Located {
  if (setting !== "") {
    const program = setting.startsWith("~/") ? join(homedir(), setting.slice(2)) : setting;
    if (!isAbsolute(program)) {
      return { problem: `The setting hedgerow.server.path must be a full path; it is "${setting}".` };
    }
    log(`looking for the server at ${program} (setting hedgerow.server.path)`);
    return isProgram(program)
      ? { program }
      : { problem: `The setting hedgerow.server.path names ${program}, and there is no such program.` };
  }
  // A relative entry of PATH would let an opened folder choose the program, so only absolute ones count.
  const candidates = searchPath
    .split(delimiter)
    .filter(isAbsolute)
    .map((directory) => join(directory, "hedgerow"));
  for (const program of candidates) {
    if (isProgram(program)) {
      log(`found the server at ${program} (on PATH)`);
      return { program };
    }
  }
  log(`the server is not on PATH; tried ${candidates.join(", ")}`);
  return { problem: "Hedgerow needs its server, and there is no program 'hedgerow' on your PATH." };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // missing or not ours to run: either way it is no program for us
  }
}
