/**
 * Marks beside the lines of an ordinary file, and the editor's peek at what changed there: what is pending. Owns the
 * source control that the editor wants for it. That one would also be taken for the repository of its files, so it is
 * there only while such a file is shown by itself.
 */
import * as vscode from "vscode";
import type { Reviews } from "./reviews";
import { type Spots, versionOf } from "./spots";

export class QuickDiff implements vscode.Disposable {
  readonly #controls = new Map<string, vscode.SourceControl>();
  readonly #listening: vscode.Disposable[];

  constructor(
    private readonly reviews: Reviews,
    private readonly spots: Spots,
  ) {
    const look = () => {
      this.#look();
    };
    this.#listening = [
      vscode.window.tabGroups.onDidChangeTabs(look),
      vscode.window.tabGroups.onDidChangeTabGroups(look),
      reviews.onDidChange(look),
    ];
    look();
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
    for (const control of this.#controls.values()) control.dispose();
  }

  #look(): void {
    const wanted = new Set<string>();
    for (const { activeTab } of vscode.window.tabGroups.all) {
      if (!(activeTab?.input instanceof vscode.TabInputText)) continue;
      const spot = this.spots.of(activeTab.input.uri);
      if (spot?.side === "working" && this.reviews.has(spot.row.id)) wanted.add(spot.row.id);
    }
    for (const [checkout, control] of this.#controls) {
      if (wanted.has(checkout)) continue;
      control.dispose();
      this.#controls.delete(checkout);
    }
    for (const checkout of wanted) if (!this.#controls.has(checkout)) this.#begin(checkout);
  }

  #begin(checkout: string): void {
    const row = this.spots.row(checkout);
    if (row === undefined) return;
    const label = vscode.l10n.t("Review: {0}", row.label);
    const control = vscode.scm.createSourceControl("hedgerow", label, vscode.Uri.file(row.path));
    control.inputBox.visible = false;
    control.count = 0;
    control.quickDiffProvider = {
      provideOriginalResource: async (uri) => {
        const spot = this.spots.of(uri);
        if (spot?.side !== "working" || spot.row.id !== checkout) return undefined;
        const reading = await this.reviews.read(checkout, spot.path);
        // Beside nothing, every line would be marked: of a new file that says the lens.
        if (reading === undefined || reading.status === "added" || reading.kind !== "text") return undefined;
        return versionOf(row, "reviewed", reading);
      },
    };
    this.#controls.set(checkout, control);
  }
}
