/**
 * Finds the server's program. Owns the order of the places it may be in; starts nothing.
 *
 * 1. the setting `hedgerow.server.path`; when it is set, nothing else is tried
 * 2. `hedgerow` in the directories of PATH
 * 3. where uv and pipx put programs, which a PATH need not have
 * 4. beside the Python interpreter that is selected in the editor, in a workspace that is trusted
 */
import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { t } from "../l10n";

export const PROGRAM = "hedgerow";

/** How the program was found decides how it is brought up to date. */
export interface Found {
  program: string;
  by: "setting" | "path" | "tools" | "interpreter";
}
export type Located = Found | { problem: string; by: "setting" | "nothing" };

export interface Places {
  setting: string;
  environment: NodeJS.ProcessEnv;
  /** The selected interpreter; asked for only when all before it have failed. */
  interpreter: () => Promise<string | undefined>;
}

export async function locate(places: Places, log: (line: string) => void): Promise<Located> {
  const { setting, environment } = places;
  if (setting !== "") return locateSet(setting, log);
  log("looking for the server: the setting hedgerow.server.path is empty");
  const tried: string[] = [];
  for (const [by, where, directories] of [
    ["path", "on PATH", searched(environment)],
    ["tools", "where uv and pipx put programs", toolDirectories(environment)],
  ] as const) {
    for (const program of directories.map((directory) => join(directory, PROGRAM))) {
      if (isProgram(program)) {
        log(`found the server at ${program} (${where})`);
        return { program, by };
      }
      tried.push(program);
    }
    log(`the server is not ${where}; tried ${tried.splice(0).join(", ")}`);
  }
  const interpreter = await places.interpreter();
  if (interpreter === undefined) {
    log("no Python interpreter to look beside");
  } else {
    const program = join(dirname(interpreter), PROGRAM);
    if (isProgram(program)) {
      log(`found the server at ${program} (beside the selected interpreter)`);
      return { program, by: "interpreter" };
    }
    log(`the server is not beside the selected interpreter; tried ${program}`);
  }
  return { problem: t("Hedgerow needs its server, and there is no program 'hedgerow' here."), by: "nothing" };
}

function locateSet(setting: string, log: (line: string) => void): Located {
  const program = setting.startsWith("~/") ? join(homedir(), setting.slice(2)) : setting;
  if (!isAbsolute(program)) {
    const problem = t('The setting hedgerow.server.path must be a full path; it is "{0}".', setting);
    return { problem, by: "setting" };
  }
  log(`looking for the server at ${program} (setting hedgerow.server.path)`);
  if (isProgram(program)) return { program, by: "setting" };
  const problem = t("The setting hedgerow.server.path names {0}, and there is no such program.", program);
  return { problem, by: "setting" };
}

/** A relative entry of PATH would let an opened folder choose the program, so only absolute ones count. */
export function searched(environment: NodeJS.ProcessEnv): string[] {
  return (environment["PATH"] ?? "").split(delimiter).filter((directory) => isAbsolute(directory));
}

function toolDirectories(environment: NodeJS.ProcessEnv): string[] {
  const named = ["UV_TOOL_BIN_DIR", "PIPX_BIN_DIR", "XDG_BIN_HOME"].flatMap(
    (name) => environment[name] ?? [],
  );
  const home = environment["HOME"] ?? homedir();
  return [...named, join(home, ".local", "bin")].filter((directory) => isAbsolute(directory));
}

/** Where a program of that name is on PATH. */
export function onPath(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  return searched(environment)
    .map((directory) => join(directory, name))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // missing or not ours to run: either way it is no program for us
  }
}
