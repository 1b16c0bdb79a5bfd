/** Lenses above hunks: in the file, in a comparison, and among all changes. Owns what they say; runs commands by name. */
import * as vscode from "vscode";
import type { Hunk, HunksResult } from "../protocol.generated";
import { SCHEME } from "./addresses";
import { lineOf } from "./marks";
import type { Shown, ShownHunks } from "./shown";
import { wholeFile } from "./words";

/** What a lens hands to its command. */
export interface About {
  checkout: string;
  path: string;
  /** Missing when it is the file as a whole. */
  hunk?: string;
}

export class Lenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly onDidChangeCodeLenses: vscode.Event<void>;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #registered: vscode.Disposable[];

  /** @param isAllOpen whether all changes of a checkout are open in one editor */
  constructor(
    private readonly shown: ShownHunks,
    private readonly isAllOpen: (checkout: string) => boolean,
  ) {
    this.onDidChangeCodeLenses = this.#changed.event;
    this.#registered = [
      vscode.languages.registerCodeLensProvider([{ scheme: "file" }, { scheme: SCHEME }], this),
      shown.onDidChange(() => {
        this.#changed.fire();
      }),
      vscode.window.tabGroups.onDidChangeTabs(({ opened }) => {
        if (opened.length > 0) this.#changed.fire(); // it may be the editor of all changes
      }),
    ];
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const shown = await this.shown.of(document);
    return shown === undefined ? [] : lensesOf(shown, this.isAllOpen(shown.spot.row.id));
  }

  dispose(): void {
    for (const registered of this.#registered) registered.dispose();
    this.#changed.dispose();
  }
}

function lensesOf(shown: Shown, isAllOpen: boolean): vscode.CodeLens[] {
  const { spot, reading, document, marks } = shown;
  // The other side shows the same hunks. Only what is gone has no other side, where everything is open at once.
  if (spot.side === "base" && !(isAllOpen && reading.status === "deleted")) return [];
  const about: About = { checkout: spot.row.id, path: spot.path };
  const lenses: vscode.CodeLens[] = [];
  if (isWhole(reading)) lenses.push(...ofFile(reading, about));
  else {
    for (const mark of marks) {
      const line = lineOf(mark, document.lineCount);
      lenses.push(...ofHunk(mark.hunk, about).map((command) => at(line, command)));
    }
  }
  const lost = reading.hunks.length - marks.length;
  if (lost > 0 && document.isDirty) {
    const title =
      lost === 1
        ? vscode.l10n.t("$(warning) 1 hunk was edited: save to review it")
        : vscode.l10n.t("$(warning) {0} hunks were edited: save to review them", lost);
    lenses.push(at(0, { title, command: "workbench.action.files.save" }));
  }
  return lenses;
}

/** Whether there is nothing to decide on but the file as a whole. */
export function isWhole(reading: HunksResult): boolean {
  if (reading.status === null) return false;
  return reading.hunks.length === 0 || reading.status === "added" || reading.status === "deleted";
}

function ofFile(reading: HunksResult, about: About): vscode.CodeLens[] {
  const { what, accept, reject } = wholeFile(reading);
  const queued = reading.hunks.some(({ state }) => state === "queued");
  const commands = queued
    ? waits(about)
    : reading.pending
      ? [
          command(`$(check) ${accept}`, "hedgerow.client.acceptHunk", about),
          command(`$(close) ${reject}`, "hedgerow.client.rejectHunk", about),
          command(vscode.l10n.t("$(comment) Comment"), "hedgerow.client.commentHunk", about),
        ]
      : accepted(about);
  if (what !== "") commands.unshift({ title: what, command: "" });
  return commands.map((each) => at(0, each));
}

function ofHunk(hunk: Hunk, file: About): vscode.Command[] {
  const about = { ...file, hunk: hunk.id };
  switch (hunk.state) {
    case "accepted":
      return accepted(about);
    case "queued":
      return waits(about);
    case "pending":
      return [
        command(vscode.l10n.t("$(check) Accept"), "hedgerow.client.acceptHunk", about),
        command(vscode.l10n.t("$(close) Reject"), "hedgerow.client.rejectHunk", about),
        command(vscode.l10n.t("$(comment) Comment"), "hedgerow.client.commentHunk", about),
      ];
  }
}

function accepted(about: About): vscode.Command[] {
  return [
    { title: vscode.l10n.t("✓ accepted"), command: "" },
    command(vscode.l10n.t("Undo"), "hedgerow.client.takeBackHunk", about),
  ];
}

function waits(about: About): vscode.Command[] {
  return [
    { title: vscode.l10n.t("$(clock) rejected when the agent's turn ends"), command: "" },
    command(vscode.l10n.t("Undo"), "hedgerow.client.takeBackHunk", about),
  ];
}

function command(title: string, id: string, about: About): vscode.Command {
  return { title, command: id, arguments: [about] };
}

function at(line: number, command: vscode.Command): vscode.CodeLens {
  return new vscode.CodeLens(new vscode.Range(line, 0, line, 0), command);
}
