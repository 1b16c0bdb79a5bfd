/** What a new worktree needs to be told: its name, where it starts, and what of Local's changes goes along. */
import * as vscode from "vscode";
import { t } from "../l10n";
import type { CheckoutRow } from "../protocol.generated";
import { ago, headOf, uncommitted } from "../rows/words";
import { type Choice, pickOne, type Values } from "./choice";

/** Undefined when a question was left unanswered. @param here the checkout whose commit is offered as a start */
export async function askToCreate(
  title: string,
  local: CheckoutRow | undefined,
  here: CheckoutRow | undefined,
): Promise<Values | undefined> {
  const name = await vscode.window.showInputBox({
    title,
    prompt: t("Name of the worktree. Leave it empty to have one made up."),
    placeHolder: "fix-login",
  });
  if (name === undefined) return undefined;
  const from = await startPoint(title, here);
  if (from === undefined) return undefined;
  const carry = await carried(title, local);
  if (carry === undefined) return undefined;
  return { ...(name.trim() === "" ? {} : { name: name.trim() }), ...from, ...carry };
}

async function startPoint(title: string, here: CheckoutRow | undefined): Promise<Values | undefined> {
  const usual: Choice = {
    label: t("The usual start"),
    description: t("what Local has checked out, unless hedgerow.startFrom says otherwise"),
    values: {},
  };
  const other: Choice = {
    label: t("Another start…"),
    description: t("a branch, tag, commit, #123 or the address of a pull request"),
    values: {},
  };
  const rows: Choice[] =
    here?.head.oid == null
      ? []
      : [
          {
            label: `${here.label}: ${headOf(here)}`,
            description: `${here.head.oid.slice(0, 8)} ${here.head.subject ?? ""}`,
            ...(here.head.committed == null ? {} : { detail: ago(here.head.committed) }),
            values: { from: here.head.oid },
          },
        ];
  const options = { title, placeHolder: t("Start from where?"), matchOnDescription: true };
  const picked = await vscode.window.showQuickPick([usual, ...rows, other], options);
  if (picked !== other) return picked?.values;
  const from = await vscode.window.showInputBox({
    title,
    prompt: t("A branch, tag or commit; #123 or the address of a pull request; the id of a snapshot."),
  });
  return from === undefined || from.trim() === "" ? undefined : { from: from.trim() };
}

export async function carried(title: string, local: CheckoutRow | undefined): Promise<Values | undefined> {
  const changes = local === undefined ? 0 : uncommitted(local);
  if (changes === 0) return {};
  const has =
    changes === undefined
      ? t("Local may have uncommitted changes")
      : changes === 1
        ? t("Local has 1 uncommitted change")
        : t("Local has {0} uncommitted changes", changes);
  const choices: Choice[] = [
    { label: t("Leave them where they are"), values: { carry: "none" } },
    { label: t("Copy them there too"), description: t("staged as staged"), values: { carry: "copy" } },
    { label: t("Move them there"), description: t("Local is clean afterwards"), values: { carry: "move" } },
  ];
  return pickOne(title, has, choices, "");
}
