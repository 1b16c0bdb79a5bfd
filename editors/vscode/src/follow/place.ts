/**
 * The one place in which edits are shown: its column, and the tab in it that is ours. Owns which column that is and
 * which tab may be closed; shows nothing and listens to nothing.
 */
import * as vscode from "vscode";

/** Columns up to which one more is made for following; with more of them the last is taken. */
const COLUMNS = 3;

interface Tab {
  uri: string;
  /** It was a preview when it was made; when it no longer is, the person has kept it. */
  preview: boolean;
  /** It was there before: shown by us, but not ours to close. */
  borrowed: boolean;
}

export class Place {
  #column: vscode.ViewColumn | undefined;
  #tab: Tab | undefined;

  /**
   * Where the next edit is shown: the same column for as long as it is there. Who goes into it beside one of their own
   * pauses, so that whoever is in it now has said to go on; in the only column they are in an editor of theirs.
   */
  column(): vscode.ViewColumn {
    const groups = vscode.window.tabGroups.all;
    const last = groups.find(({ viewColumn }) => viewColumn === this.#column);
    if (last !== undefined && (groups.length > 1 || this.tab()?.isActive === true)) return last.viewColumn;
    if (groups.every(({ tabs }) => tabs.length === 0)) return vscode.ViewColumn.One;
    if (groups.length < COLUMNS) return nth(groups.length + 1);
    return groups.findLast(({ isActive }) => !isActive)?.viewColumn ?? vscode.ViewColumn.Beside;
  }

  /** Our tab as it is now; undefined when it is gone from our column. The same file elsewhere is none of ours. */
  tab(): vscode.Tab | undefined {
    return this.#tab && tabIn(this.#column, this.#tab.uri);
  }

  /** Columns are numbered anew when one goes or comes to the left of ours. True when ours went. */
  renumber({ opened, closed }: vscode.TabGroupChangeEvent): boolean {
    const column = this.#column;
    if (column === undefined) return false;
    if (closed.some(({ viewColumn }) => viewColumn === column)) {
      this.leave();
      return true;
    }
    const went = closed.filter(({ viewColumn }) => viewColumn < column).length;
    const came = opened.filter(({ viewColumn }) => viewColumn <= column).length;
    this.#column = nth(column - went + came);
    return false;
  }

  /** Whether this is our column beside one of the person's. */
  isOwn(column: vscode.ViewColumn | undefined): boolean {
    return column !== undefined && column === this.#column && vscode.window.tabGroups.all.length > 1;
  }

  get isTaken(): boolean {
    return this.#tab !== undefined;
  }

  /** The editor of our tab, where it is the one in sight. */
  editor(): vscode.TextEditor | undefined {
    if (this.tab() === undefined) return undefined;
    return vscode.window.visibleTextEditors.find((editor) => this.isOurs(editor));
  }

  isOurs(editor: vscode.TextEditor): boolean {
    return editor.viewColumn === this.#column && this.isOurDocument(editor.document);
  }

  isOurDocument(document: vscode.TextDocument): boolean {
    return document.uri.toString() === this.#tab?.uri;
  }

  /** Whether the person made our tab theirs: typed in it, pinned it or kept it open. */
  isKept(): boolean {
    const tab = this.tab();
    return (
      tab !== undefined && (tab.isDirty || tab.isPinned || (this.#tab?.preview === true && !tab.isPreview))
    );
  }

  /** A column in which somebody else's preview would go if ours came as one. */
  holdsAPreview(column: vscode.ViewColumn): boolean {
    const own = this.tab();
    const group = vscode.window.tabGroups.all.find(({ viewColumn }) => viewColumn === column);
    return group?.tabs.some((tab) => tab.isPreview && tab !== own) ?? false;
  }

  holds(uri: vscode.Uri, column: vscode.ViewColumn): boolean {
    return tabIn(column, uri.toString()) !== undefined;
  }

  /** Takes what was just shown for ours, and closes what was ours before. */
  async take(editor: vscode.TextEditor, wasThere: boolean): Promise<void> {
    const uri = editor.document.uri.toString();
    const same = this.#tab?.uri === uri && editor.viewColumn === this.#column;
    if (same) return;
    const before = this.#closable();
    this.#column = editor.viewColumn ?? this.#column;
    this.#tab = { uri, preview: false, borrowed: wasThere };
    this.#tab.preview = this.tab()?.isPreview ?? false;
    if (before !== undefined) await vscode.window.tabGroups.close(before, true);
  }

  /** The tab is the person's now, or gone; the column stays the place. */
  letGo(): void {
    this.#tab = undefined;
  }

  /** The column is the person's, too. */
  leave(): void {
    this.#tab = undefined;
    this.#column = undefined;
  }

  async close(): Promise<void> {
    const closable = this.#closable();
    this.leave();
    if (closable !== undefined) await vscode.window.tabGroups.close(closable, true);
  }

  #closable(): vscode.Tab | undefined {
    return this.#tab?.borrowed === true || this.isKept() ? undefined : this.tab();
  }
}

function tabIn(column: vscode.ViewColumn | undefined, uri: string): vscode.Tab | undefined {
  return vscode.window.tabGroups.all
    .find(({ viewColumn }) => viewColumn === column)
    ?.tabs.find(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri);
}

/** The column of that number, counted from 1 as the editor does. */
function nth(number: number): vscode.ViewColumn {
  const { One, Two, Three, Four, Five, Six, Seven, Eight, Nine, Beside } = vscode.ViewColumn;
  return [One, Two, Three, Four, Five, Six, Seven, Eight, Nine][number - 1] ?? Beside;
}
