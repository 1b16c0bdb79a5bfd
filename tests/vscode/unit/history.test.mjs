// How the history reads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { part } from "../support/part.mjs";

const { clock, contextOf, describe, merged, size, titleOf } = await part("history/entries");

const repository = (/** @type {string} */ name) => ({ name });
const operation = (/** @type {object} */ more = {}) => ({
  id: "o",
  title: "Created fix-login from trunk (bd64bc582, just made) at /tmp/garden.worktrees/fix-login",
  state: "done",
  started: 0,
  undoable: true,
  error: null,
  snapshots: [],
  ...more,
});
const snapshot = (/** @type {object} */ more = {}) => ({
  id: "s",
  name: "fix-login",
  reason: "before clean-up",
  created: 0,
  files: 1,
  ...more,
});

test("several repositories make one history, newest first, and each row says which one it is of", () => {
  const history = merged([
    {
      repository: repository("garden"),
      answer: { operations: [operation({ started: 1 })], snapshots: [snapshot({ created: 5 })] },
    },
    {
      repository: repository("orchard"),
      answer: { operations: [operation({ started: 2 })], snapshots: [snapshot({ created: 4 })] },
    },
  ]);
  assert.deepEqual(
    history.operations.map((/** @type {any} */ entry) => entry.repository.name),
    ["orchard", "garden"],
  );
  assert.deepEqual(
    history.snapshots.map((/** @type {any} */ entry) => entry.repository.name),
    ["garden", "orchard"],
  );
  assert.match(describe(history.operations[0], "en", true), /· orchard$/);
  assert.doesNotMatch(describe(history.operations[0], "en", false), /orchard/);
});

test("a row's sentence leaves out what only its moment needed", () => {
  const entry = { kind: "operation", row: operation(), repository: repository("garden") };
  assert.equal(titleOf(entry), "Created fix-login from trunk");
  assert.equal(
    titleOf({ ...entry, row: operation({ title: "Cleaned up a; `hedgerow restore a` brings it back" }) }),
    "Cleaned up a",
  );
});

test("the clock for today, the date before", () => {
  const now = new Date(2026, 10, 20, 16, 30);
  const at = (/** @type {number[]} */ ...parts) =>
    new Date(2026, .../** @type {[number, number]} */ (parts)).getTime() / 1000;
  assert.equal(clock(at(10, 20, 9, 5), "en-GB", now), "09:05");
  assert.equal(clock(at(10, 19, 23, 5), "en-GB", now), "19 Nov");
  assert.equal(clock(at(-2, 19), "en-GB", now), "19 Nov 2025");
});

test("what can be undone offers it, and nothing else does", () => {
  const of = (/** @type {object} */ more) => contextOf({ kind: "operation", row: operation(more) });
  assert.equal(of({}), "operation+undoable");
  assert.equal(of({ undoable: false }), "operation");
  assert.equal(of({ state: "undone" }), "operation");
  assert.equal(contextOf({ kind: "snapshot", row: snapshot() }), "snapshot");
});

test("sizes read at a glance", () => {
  assert.deepEqual([0, 1023, 1536, 20 * 1024 ** 2, 3 * 1024 ** 4].map(size), [
    "0 B",
    "1023 B",
    "1.5 KiB",
    "20 MiB",
    "3.0 TiB",
  ]);
});
