/**
 * What is said to the person, in their language. Owns the one way to it for code that must not import the editor;
 * code that does may as well call `vscode.l10n.t`. Both are found by tools/strings.mjs, which keeps the bundle.
 */
type Word = string | number;
type Translate = (message: string, ...words: Word[]) => string;

let translate: Translate = fill;

/** From here on messages are translated by the editor. */
export function speakWith(translation: Translate): void {
  translate = translation;
}

/** A message in the person's language; `{0}`, `{1}` … stand for the words. */
export function t(message: string, ...words: Word[]): string {
  return translate(message, ...words);
}

/** Where there is no editor, as in unit tests: the message as it was written. */
function fill(message: string, ...words: Word[]): string {
  return message.replaceAll(/\{(\d+)\}/g, (place, index: string) => String(words[Number(index)] ?? place));
}
