// Which lines an edit marks, and how it reads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { part } from "../support/part.mjs";

const { isShown, linesOf, wordsOf } = await part("follow/edit");

const edit = (/** @type {number} */ first, /** @type {number} */ after, /** @type {object} */ more = {}) => ({
  kind: "changed",
  range: { start: { line: first, character: 0 }, end: { line: after, character: 0 } },
  ...more,
});

test("whole lines are marked, as many as the text has", () => {
  assert.deepEqual(linesOf(edit(3, 5), 10), { first: 3, after: 5 });
  assert.deepEqual(linesOf(edit(3, 50), 10), { first: 3, after: 10 });
  assert.deepEqual(linesOf(edit(30, 50), 10), { first: 9, after: 10 });
  assert.deepEqual(linesOf(edit(4, 4), 10), { first: 4, after: 4 }, "lines went from there");
  assert.deepEqual(linesOf(edit(10, 10), 10), { first: 9, after: 9 }, "the last lines went");
  assert.deepEqual(linesOf({ kind: "created", range: null }, 1), { first: 0, after: 0 });
});

test("what leaves no text to show is only told", () => {
  assert.deepEqual(
    ["created", "changed", "renamed", "deleted", "binary", "many"].filter((kind) => isShown({ kind })),
    ["created", "changed", "renamed"],
  );
  assert.equal(wordsOf(edit(3, 5), "/w/src/a.py", "/w"), "src/a.py was changed at line 4");
  assert.equal(wordsOf({ kind: "deleted", range: null }, "/w/a.py", "/w"), "a.py was deleted");
  assert.equal(
    wordsOf({ kind: "many", count: 70, range: null }, "/w", "/w"),
    "70 files were changed at once",
  );
});
