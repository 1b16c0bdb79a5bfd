// Where hunks are in a text that somebody types in, and what a change of the editor's own comparison means of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { part } from "../support/part.mjs";

const { editOf, markAt, meant, moved, nextMark, placed, placedBefore, renewed } = await part("review/marks");
const { gist, linesOf } = await part("review/patch");
const { addressOf, queryOf } = await part("review/addresses");
const { Latest } = await part("review/latest");

const text = (/** @type {string[]} */ lines) => ({
  lineCount: lines.length,
  line: (/** @type {number} */ number) => lines[number] ?? "",
});
const hunk = (
  /** @type {string} */ id,
  /** @type {[number, number, number, number]} */ [oldStart, oldCount, newStart, newCount],
  /** @type {string} */ patch,
) => ({ id, oldStart, oldCount, newStart, newCount, text: patch, state: "pending", words: null });

const CHANGED = hunk("changed", [2, 1, 2, 1], "-two\n+TWO\n");
const DELETED = hunk("deleted", [4, 1, 3, 0], "-four\n");
const ADDED = hunk("added", [6, 0, 6, 2], "+new\r\n+lines\n\\ No newline at end of file\n");
const HUNKS = [CHANGED, DELETED, ADDED];
const NOW = ["one", "TWO", "three", "five", "six", "new", "lines"];

const places = (/** @type {any[]} */ marks) =>
  marks.map(({ hunk: { id }, first, after }) => [id, first, after]);

test("hunks are on the lines that they are made of, what was deleted between two", () => {
  assert.deepEqual(places(placed(HUNKS, text(NOW))), [
    ["changed", 1, 2],
    ["deleted", 3, 3],
    ["added", 5, 7],
  ]);
  assert.deepEqual(places(placedBefore(HUNKS)), [
    ["changed", 1, 2],
    ["deleted", 3, 4],
    ["added", 6, 6],
  ]);
});

test("a hunk whose lines say something else has no place, unless they cannot be compared", () => {
  const other = text(NOW.with(1, "other"));
  assert.deepEqual(
    placed(HUNKS, other).map((/** @type {any} */ mark) => mark.hunk.id),
    ["deleted", "added"],
  );
  assert.equal(placed(HUNKS, other, false).length, 3);
  assert.equal(placed([ADDED], text(["short"]), false).length, 0);
});

test("what is typed above moves hunks, below it does not, and in them takes them away", () => {
  const marks = placed(HUNKS, text(NOW));
  const at = (/** @type {number} */ line, character = 0) => ({ line, character });
  const inserted = ["zero", ...NOW];
  const typed = (/** @type {any} */ edit, /** @type {string[]} */ lines) =>
    places(moved(marks, [edit], text(lines)));
  assert.deepEqual(typed(editOf(at(0), at(0), "zero\n"), inserted), [
    ["changed", 2, 3],
    ["deleted", 4, 4],
    ["added", 6, 8],
  ]);
  assert.deepEqual(typed(editOf(at(2, 5), at(2, 5), "!"), NOW.with(2, "three!")), [
    ["changed", 1, 2],
    ["deleted", 3, 3],
    ["added", 5, 7],
  ]);
  assert.deepEqual(typed(editOf(at(1, 0), at(1, 3), "two"), NOW.with(1, "two")), [
    ["deleted", 3, 3],
    ["added", 5, 7],
  ]);
  assert.deepEqual(typed(editOf(at(1, 3), at(1, 3), "\nmore"), NOW.toSpliced(2, 0, "more")), [
    ["changed", 1, 2],
    ["deleted", 4, 4],
    ["added", 6, 8],
  ]);
  // The editor's own "Revert Block" of what was deleted: it is there again.
  assert.deepEqual(typed(editOf(at(3), at(3), "four\n"), NOW.toSpliced(3, 0, "four")), [
    ["changed", 1, 2],
    ["added", 6, 8],
  ]);
});

test("an answer about the same version says how the hunks stand, not where they are", () => {
  const marks = moved(placed(HUNKS, text(NOW)), [{ first: 0, after: 0, lines: 1 }], text(["zero", ...NOW]));
  const [mark] = renewed(marks, [{ ...CHANGED, state: "accepted" }]);
  assert.deepEqual([mark.first, mark.hunk.state], [2, "accepted"]);
  assert.equal(renewed(marks, [CHANGED]).length, 1);
});

test("the cursor is at a hunk on each of its lines, and on both sides of what was deleted", () => {
  const marks = placed(HUNKS, text(NOW));
  const found = NOW.map((_, line) => markAt(marks, line)?.hunk.id);
  assert.deepEqual(found, [undefined, "changed", "deleted", "deleted", undefined, "added", "added"]);
  assert.equal(nextMark(marks, 1, 1)?.hunk.id, "deleted");
  assert.equal(nextMark(marks, 5, -1)?.hunk.id, "deleted");
  assert.equal(nextMark(marks, 5, 1), undefined);
  assert.equal(nextMark(marks, 0, -1), undefined);
});

test("a change of the editor's is whole hunks, or lines where it is not", () => {
  const marks = placed(HUNKS, text(NOW));
  assert.deepEqual(meant(marks, { start: 2, end: 2 }), { hunks: ["changed"] });
  assert.deepEqual(meant(marks, { start: 3, end: 0 }), { hunks: ["deleted"] });
  assert.deepEqual(meant(marks, { start: 6, end: 7 }), { hunks: ["added"] });
  assert.deepEqual(meant(marks, { start: 6, end: 6 }), { lines: ["6-6"] });
  assert.deepEqual(meant(marks, { start: 1, end: 1 }), { lines: ["1-1"] });
  assert.deepEqual(meant(marks, { start: 2, end: 7 }), { hunks: ["changed", "deleted", "added"] });
  assert.deepEqual(meant([], { start: 0, end: 0 }), { lines: ["0"] });
});

test("a patch is its lines, and what a person knows it by", () => {
  assert.deepEqual(linesOf(ADDED.text), { old: [], new: ["new", "lines"] });
  assert.deepEqual(gist("-a\n-b\n+\n+  c\n"), { words: "c", added: 2, removed: 2 });
  assert.deepEqual(gist("+\n"), { words: "", added: 1, removed: 0 });
});

test("addresses come back as they went, whatever is in them; the server's are understood, too", () => {
  for (const path of ["a.txt", "a b/ü%41.txt", "base/x", "new\nline"]) {
    const address = { checkout: "x-1/2 3", side: "reviewed", path, now: "b.txt" };
    assert.deepEqual(addressOf({ path: "/w/a.txt", query: queryOf(address) }), address);
    const theirs = { path: `/x-1%2F2%203/reviewed/${path}`, query: "" };
    assert.deepEqual(addressOf(theirs), { checkout: "x-1/2 3", side: "reviewed", path });
  }
  for (const path of ["", "/x/base/", "/x/other/a", "/x"])
    assert.equal(addressOf({ path, query: "" }), undefined);
  for (const query of ["{", "null", "[]", '{"checkout":"c","side":"mine","path":"a"}']) {
    assert.equal(addressOf({ path: "/x/base/a", query }), undefined);
  }
});

test("an answer is never older than the question, and no more than two are asked at once", async () => {
  /** @type {((answer: number) => void)[]} */
  const waiting = [];
  const latest = new Latest(() => new Promise((resolve) => waiting.push(resolve)));
  const answers = [latest.now("a"), latest.now("a"), latest.now("a")];
  assert.equal(waiting.length, 1);
  waiting[0]?.(1);
  assert.equal(await answers[0], 1);
  while (waiting.length < 2) await new Promise((resolve) => setImmediate(resolve));
  waiting[1]?.(2);
  assert.deepEqual(await Promise.all(answers.slice(1)), [2, 2]);
  assert.equal(waiting.length, 2);
  void latest.now("a");
  assert.equal(waiting.length, 3);
});
