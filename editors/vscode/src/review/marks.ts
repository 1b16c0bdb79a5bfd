/**
 * Where the hunks of an answer are in a text that a person sees, also while they type. Pure: it knows lines, no editor.
 * A hunk whose lines say something else by now has no place, and is left out rather than shown at a wrong one.
 */
import type { Hunk } from "../protocol.generated";
import { linesOf } from "./patch";

/** Lines from 0, `after` not part of them; both the same for what has no lines on this side: it was before `first`. */
export interface Mark {
  hunk: Hunk;
  first: number;
  after: number;
}

/** The text that the person sees. */
export interface Text {
  lineCount: number;
  line(number: number): string;
}

/** One stretch that was typed over: what stood in these lines is now `lines` lines further down or up. */
export interface Edit {
  first: number;
  /** The first line below that nobody touched. */
  after: number;
  lines: number;
}

/** Lines from 1, both part of the range, as the editor's own comparison has them; `end` 0 where there are none. */
export interface LineChange {
  start: number;
  end: number;
}

/** Where each hunk is in the checkout's file. `exact` is false where the text cannot be compared: another encoding. */
export function placed(hunks: readonly Hunk[], text: Text, exact = true): Mark[] {
  const marks = hunks.map((hunk) => ({ hunk, first: placedAt(hunk), after: placedAt(hunk) + hunk.newCount }));
  return marks.filter((mark) => fits(mark, text, exact));
}

/** The line from 0 where a hunk is in the checkout's file; of what was deleted, the one below. */
export function placedAt({ newStart, newCount }: Hunk): number {
  return newCount === 0 ? newStart : newStart - 1;
}

/** Where each hunk is in the base's version. */
export function placedBefore(hunks: readonly Hunk[]): Mark[] {
  return hunks.map((hunk) => {
    const first = hunk.oldCount === 0 ? hunk.oldStart : hunk.oldStart - 1;
    return { hunk, first, after: first + hunk.oldCount };
  });
}

/** What one change of the text, as the editor tells it, means for the lines. */
export function editOf(
  start: { line: number; character: number },
  end: { line: number; character: number },
  text: string,
): Edit {
  const whole = start.character === 0 && end.character === 0 && (text === "" || text.endsWith("\n"));
  const typed = text.split(/\r\n|\r|\n/).length - 1;
  return {
    first: start.line,
    after: whole ? end.line : end.line + 1,
    lines: typed - (end.line - start.line),
  };
}

/** The marks after the text was changed; `text` is how it is now. */
export function moved(marks: readonly Mark[], edits: readonly Edit[], text: Text, exact = true): Mark[] {
  let found: Mark[] = [...marks];
  for (const edit of edits) {
    found = found.flatMap((mark) => {
      if (mark.first === mark.after) {
        if (edit.first <= mark.first && mark.first <= edit.after && edit.lines !== 0) return [];
        const shift = mark.first > edit.after ? edit.lines : 0;
        return [{ ...mark, first: mark.first + shift, after: mark.after + shift }];
      }
      const shift = mark.first >= edit.after ? edit.lines : 0;
      return [{ ...mark, first: mark.first + shift, after: mark.after + shift }];
    });
  }
  return found.filter((mark) => fits(mark, text, exact));
}

/** The same marks with what an answer about the same version of the file says of them. */
export function renewed(marks: readonly Mark[], hunks: readonly Hunk[]): Mark[] {
  const by = new Map(hunks.map((hunk) => [hunk.id, hunk]));
  return marks.flatMap((mark) => {
    const hunk = by.get(mark.hunk.id);
    return hunk === undefined ? [] : [{ ...mark, hunk }];
  });
}

function fits(mark: Mark, text: Text, exact: boolean): boolean {
  if (mark.after > text.lineCount || mark.first < 0) return false;
  if (!exact || mark.first === mark.after) return true;
  return linesOf(mark.hunk.text).new.every((line, index) => {
    const at = mark.first + index;
    return at < text.lineCount && text.line(at) === line;
  });
}

/** The line that what is shown of a hunk stands above. */
export function lineOf(mark: Mark, lineCount: number): number {
  return Math.max(0, Math.min(mark.first, lineCount - 1));
}

/** The hunk at a line; what was deleted is between two lines, and is at both. */
export function markAt(marks: readonly Mark[], line: number): Mark | undefined {
  return (
    marks.find(({ first, after }) => first <= line && line < after) ??
    marks.find(({ first, after }) => first === after && (line === first || line === first - 1))
  );
}

/** The nearest hunk that begins below a line (1) or above it (-1). */
export function nextMark(marks: readonly Mark[], line: number, direction: 1 | -1): Mark | undefined {
  const sorted = [...marks].sort((a, b) => direction * (a.first - b.first));
  return sorted.find(({ first }) => (direction === 1 ? first > line : first < line));
}

/**
 * What a change of the editor's own comparison means to the server: hunks where it is made of whole ones, else lines.
 * The editor and git do not always agree where one change ends and the next begins.
 */
export function meant(marks: readonly Mark[], change: LineChange): { hunks: string[] } | { lines: string[] } {
  const deleted = change.end === 0;
  const first = deleted ? change.start : change.start - 1;
  const after = deleted ? change.start : change.end;
  const touched = marks.filter((mark) =>
    mark.first === mark.after || deleted
      ? mark.first <= after && first <= mark.after
      : mark.first < after && first < mark.after,
  );
  const whole = touched.filter((mark) => mark.first >= first && mark.after <= after);
  if (touched.length > 0 && whole.length === touched.length)
    return { hunks: whole.map(({ hunk }) => hunk.id) };
  return { lines: [deleted ? `${change.start}` : `${change.start}-${change.end}`] };
}
