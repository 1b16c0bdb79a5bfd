/** The question that a plan puts to the person: what it does, what leaves its place, and yes or no. */
import * as vscode from "vscode";
import { t } from "../l10n";
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
    await vscode.window.showWarningMessage(t("{0} Not possible as it stands.", plan.title), {
      modal: true,
      detail: detail(plan),
    });
    return undefined;
  }
  if (plan.setup != null && !plan.setup.allowed) return askAboutScript(plan, plan.setup, pages);
  const yes = t("Carry Out");
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
    t("This script would run there ({0}), and you have not allowed it in this form yet:", script.path),
    short ? script.text.trimEnd() : t("{0} lines; they are shown in the editor behind this.", lines.length),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
  // A script is not allowed unseen: one too long for the question is open behind it, whole.
  if (!short) await pages.show(t("set-up script") + ".sh", script.text);
  const run = t("Allow and Run");
  const skip = t("Without the Script");
  // The first button is the one that Enter presses, and a script is not allowed by a key pressed once too often.
  const answer = await vscode.window.showWarningMessage(plan.title, { modal: true, detail: text }, skip, run);
  if (answer === run) return { setup: { sha256: script.sha256 } };
  return answer === skip ? { setup: { skip: true } } : undefined;
}

/** A plan's contents for reading, in the order in which a person weighs them. */
export function detail(plan: Plan): string {
  const sections: [string, string[]][] = [
    [t("In the way:"), [...plan.conflicts]],
    [t("This will:"), plan.effects.map(({ text }) => text)],
    [t("Goes, but can be restored:"), plan.losses.filter(({ kept }) => kept !== "no").map(lossLine)],
    [t("Goes for good:"), plan.losses.filter(({ kept }) => kept === "no").map(lossLine)],
    [t("Stays as it is:"), plan.kept.map(({ name, reason }) => `${name}: ${reason}`)],
  ];
  return sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [title, ...lines.map((line) => `• ${line}`)].join("\n"))
    .join("\n\n");
}

function lossLine(loss: Loss): string {
  const shown = loss.paths.slice(0, PATHS_SHOWN);
  if (shown.length === 0) return loss.text;
  const rest = loss.count - shown.length;
  const paths = rest > 0 ? t("{0}, and {1} more", shown.join(", "), rest) : shown.join(", ");
  return `${loss.text} (${paths})`;
}
