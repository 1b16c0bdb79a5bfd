/** What a hunk's text says: the lines that were there and those that are there now. Pure. */
export interface HunkLines {
  old: string[];
  new: string[];
}

/** Lines without what ends them; a carriage return before the end is part of that. */
export function linesOf(text: string): HunkLines {
  const lines: HunkLines = { old: [], new: [] };
  for (const line of text.split("\n")) {
    const rest = line.slice(1).replace(/\r$/, "");
    if (line.startsWith("-")) lines.old.push(rest);
    else if (line.startsWith("+")) lines.new.push(rest);
  }
  return lines;
}

/** The line by which a person knows a hunk again, and how many lines come and go. */
export function gist(text: string): { words: string; added: number; removed: number } {
  const { old, new: now } = linesOf(text);
  const words = [...now, ...old].map((line) => line.trim()).find((line) => line !== "") ?? "";
  return { words, added: now.length, removed: old.length };
}
