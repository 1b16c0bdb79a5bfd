/**
 * Shows edits in their place with the lines marked, without ever taking the focus, and notices when the person acts
 * there. Owns the marks; does not know what is followed.
 */
import * as vscode from "vscode";
import { t } from "../l10n";
import type { Lines } from "./edit";
import { Place } from "./place";

/** For how long after a move of ours the view may still settle, in milliseconds (measured: 5 to 30, and layouts). */
const SETTLES_MS = 500;

type Find = (document: vscode.TextDocument) => Lines;

export class Preview implements vscode.Disposable {
  readonly #place = new Place();
  readonly #acted$ = new vscode.EventEmitter<undefined>();
  /** The person did something in the place: moved, scrolled, typed, kept or closed it. */
  readonly onActed = this.#acted$.event;
  readonly #listening: vscode.Disposable[];
  readonly #marked = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor("hedgerow.editedLineBackground"),
    overviewRulerColor: new vscode.ThemeColor("editorOverviewRuler.addedForeground"),
    overviewRulerLane: vscode.OverviewRulerLane.Full,
  });
  readonly #gone = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    after: {
      color: new vscode.ThemeColor("descriptionForeground"),
      fontStyle: "italic",
      margin: "0 0 0 2em",
    },
    overviewRulerColor: new vscode.ThemeColor("editorOverviewRuler.addedForeground"),
    overviewRulerLane: vscode.OverviewRulerLane.Full,
  });
  #find: Find | undefined;
  /** Calls of {@link show} and {@link close} that are under way: what happens meanwhile is ours. */
  #moving = 0;
  #movedAt = 0;
  #top: number | undefined;
  /** The column that was active last, so that only coming there counts. */
  #entered: vscode.ViewColumn | undefined = vscode.window.tabGroups.activeTabGroup.viewColumn;

  constructor() {
    const { window, workspace } = vscode;
    this.#listening = [
      window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
        if (kind === undefined || kind === vscode.TextEditorSelectionChangeKind.Command) return;
        if (this.#place.isOurs(textEditor) || this.#place.isOwn(textEditor.viewColumn)) this.#act();
      }),
      window.onDidChangeTextEditorVisibleRanges(({ textEditor, visibleRanges }) => {
        if (this.#place.isOurs(textEditor)) this.#scrolled(visibleRanges[0]?.start.line);
      }),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && this.#place.isOurDocument(document)) this.#changed(document);
      }),
      window.tabGroups.onDidChangeTabs(({ changed }) => {
        this.#tabsChanged(changed);
      }),
      window.tabGroups.onDidChangeTabGroups((change) => {
        this.#groupsChanged(change);
      }),
    ];
  }

  /** Shows lines of a file; false when it cannot be shown as text, or has text of the person's that is not saved. */
  async show(uri: vscode.Uri, find: Find): Promise<boolean> {
    this.#moving++;
    try {
      const document = await vscode.workspace.openTextDocument(uri);
      if (document.isDirty) return false;
      const viewColumn = this.#place.column();
      const wasThere = this.#place.holds(uri, viewColumn);
      const editor = await vscode.window.showTextDocument(document, {
        viewColumn,
        preserveFocus: true,
        preview: !this.#place.holdsAPreview(viewColumn),
      });
      await this.#place.take(editor, wasThere);
      this.#find = find;
      this.#mark(editor);
      return true;
    } catch {
      return false; // no text, or gone again since it was told
    } finally {
      this.#moving--;
      this.#movedAt = Date.now();
      this.#top = undefined;
    }
  }

  /** Leaves everything where it is, also when the file is read again. */
  hold(): void {
    this.#find = undefined;
  }

  /** Closes what is ours. What the person has kept stays, without marks. */
  async close(): Promise<void> {
    const editor = this.#place.editor();
    editor?.setDecorations(this.#marked, []);
    editor?.setDecorations(this.#gone, []);
    this.#find = undefined;
    this.#moving++;
    try {
      await this.#place.close();
    } finally {
      this.#moving--;
    }
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
    this.#marked.dispose();
    this.#gone.dispose();
    this.#acted$.dispose();
  }

  #mark(editor: vscode.TextEditor): void {
    if (this.#find === undefined) return;
    const { first, after } = this.#find(editor.document);
    const last = Math.max(first, after - 1);
    const range = new vscode.Range(first, 0, last, editor.document.lineAt(last).text.length);
    const went = after <= first;
    editor.setDecorations(this.#marked, went ? [] : [range]);
    const hint = { renderOptions: { after: { contentText: t("lines were deleted here") } } };
    editor.setDecorations(this.#gone, went ? [{ range, ...hint }] : []);
    editor.selection = new vscode.Selection(first, 0, first, 0);
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  /** The file was read again (then the marks stand on what it was), or the person types in it. */
  #changed(document: vscode.TextDocument): void {
    if (document.isDirty) {
      this.#act();
      return;
    }
    this.#movedAt = Date.now();
    const editor = this.#place.editor();
    if (editor !== undefined) this.#mark(editor);
  }

  /** Nothing tells a wheel from a move of ours but the time since. */
  #scrolled(top: number | undefined): void {
    const before = this.#top;
    this.#top = top;
    if (this.#moving > 0 || Date.now() - this.#movedAt < SETTLES_MS) return;
    if (before !== undefined && top !== before) this.#act();
  }

  #tabsChanged(changed: readonly vscode.Tab[]): void {
    if (this.#moving > 0 || !this.#place.isTaken) return;
    const tab = this.#place.tab();
    if (tab !== undefined && !this.#place.isKept()) {
      const other = changed.some((one) => one.isActive && one !== tab && one.group === tab.group);
      if (other && this.#place.isOwn(tab.group.viewColumn)) this.#act();
      return;
    }
    const { activeTabGroup, all } = vscode.window.tabGroups;
    const displaced = tab === undefined && all.length === 1 && activeTabGroup.activeTab?.isPreview === true;
    if (displaced) {
      this.#place.leave(); // the person opened a file where there was one column only
      return;
    }
    this.#place.letGo();
    this.#act();
  }

  /** Whoever goes to our column is there, also before they do anything in it. */
  #groupsChanged(change: vscode.TabGroupChangeEvent): void {
    const taken = this.#place.isTaken;
    if (this.#place.renumber(change) && taken) this.#act();
    const { viewColumn } = vscode.window.tabGroups.activeTabGroup;
    const came = viewColumn !== this.#entered;
    this.#entered = viewColumn;
    if (came && this.#place.isOwn(viewColumn)) this.#act();
  }

  #act(): void {
    if (this.#moving === 0) this.#acted$.fire(undefined);
  }
}
