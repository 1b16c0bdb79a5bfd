/** The question that a plan puts to the person: what it does, what leaves its place, and yes or no. */
import * as vscode from "vscode";
import type { Pages } from "./pages";
import type { Loss, Plan, SetupChoice } from "../protocol.generated";

/** What the person agreed to; undefined means no. */
export interface Agreement {
  setup?: SetupChoice;
}

const PATHS_SHOWN = 8;
const SCRIPT_LINES_SHOWN = 20;

export async function ask(plan: Plan, pages: Pages): Promise<Agreement | undefined> {
  if (plan.conflicts.length > 0) {
    await vscode.window.showWarningMessage(`${plan.title} Not possible as it stands.`, {
      modal: true,
      detail: detail(plan),
    });
    return undefined;
  }
  if (plan.setup != null && !plan.setup.allowed) return askAboutScript(plan, plan.setup, pages);
  const yes = "Carry Out";
  const answer = await vscode.window.showWarningMessage(
    plan.title,
    { modal: true, detail: detail(plan) },
    yes,
  );
  return answer === yes ? {} : undefined;
}

async function askAboutScript(
  plan: Plan,
  script: NonNullable<Plan["setup"]>,
  pages: Pages,
): Promise<Agreement | undefined> {
  const lines = script.text.trimEnd().split("\n");
  const short = lines.length <= SCRIPT_LINES_SHOWN;
  const text = [
    detail(plan),
    `This script would run there (${script.path}), and you have not allowed it in this form yet:`,
    short ? script.text.trimEnd() : `${lines.length} lines; they are shown in the editor behind this.`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
  // A script is not allowed unseen: one too long for the question is open behind it, whole.
  if (!short) await pages.show("set-up script.sh", script.text);
  const run = "Allow and Run";
  const skip = "Without the Script";
  // The first button is the one that Enter presses, and a script is not allowed by a key pressed once too often.
  const answer = await vscode.window.showWarningMessage(plan.title, { modal: true, detail: text }, skip, run);
  if (answer === run) return { setup: { sha256: script.sha256 } };
  return answer === skip ? { setup: { skip: true } } : undefined;
}

/** A plan's contents for reading, in the order in which a person weighs them. */
export function detail(plan: Plan): string {
  const sections: [string, string[]][] = [
    ["In the way:", [...plan.conflicts]],
    ["This will:", plan.effects.map(({ text }) => text)],
    ["Goes, but can be restored:", plan.losses.filter(({ kept }) => kept !== "no").map(lossLine)],
    ["Goes for good:", plan.losses.filter(({ kept }) => kept === "no").map(lossLine)],
    ["Stays as it is:", plan.kept.map(({ name, reason }) => `${name}: ${reason}`)],
  ];
  return sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [title, ...lines.map((line) => `• ${line}`)].join("\n"))
    .join("\n\n");
}

function lossLine(loss: Loss): string {
  const shown = loss.paths.slice(0, PATHS_SHOWN);
  if (shown.length === 0) return loss.text;
  const more = loss.count > shown.length ? `, and ${loss.count - shown.length} more` : "";
  return `${loss.text} (${shown.join(", ")}${more})`;
}
