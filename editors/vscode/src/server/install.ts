/** Installs the server or brings it up to date, in sight of the person and only after their click. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { t } from "../l10n";
import { onPath } from "./locate";

export interface Installer {
  name: "uv" | "pipx";
  program: string;
}

/** What programs written in Python are installed with here; undefined when there is neither. */
export function installer(environment: NodeJS.ProcessEnv = process.env): Installer | undefined {
  for (const name of ["uv", "pipx"] as const) {
    const program = onPath(name, environment);
    if (program !== undefined) return { name, program };
  }
  return undefined;
}

/** Runs it in a terminal that shows it; resolves to whether it went well. */
export async function install(
  { name, program }: Installer,
  what: "install" | "upgrade",
  log: (line: string) => void,
): Promise<boolean> {
  const wanted = vscode.workspace.getConfiguration("hedgerow").get<string>("server.package", "hedgerow");
  const again = what === "upgrade" && wanted === "hedgerow" ? "upgrade" : "install";
  const force = what === "upgrade" && again === "install" ? ["--force"] : [];
  const words = [...(name === "uv" ? ["tool"] : []), again, ...force, wanted];
  log(`running ${program} ${words.join(" ")}`);
  const task = new vscode.Task(
    { type: "process" },
    vscode.TaskScope.Global,
    t("Install the server"),
    "Hedgerow",
    new vscode.ProcessExecution(program, words, { cwd: process.env["HOME"] ?? "/" }),
  );
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  const ended = new Promise<number | undefined>((resolve) => {
    const listening = vscode.tasks.onDidEndTaskProcess((event) => {
      if (event.execution.task.source !== task.source) return;
      listening.dispose();
      resolve(event.exitCode);
    });
  });
  await vscode.tasks.executeTask(task);
  const code = await ended;
  log(`${basename(program)} ended with ${code ?? "a signal"}`);
  return code === 0;
}
