// The list of rows, and the words for them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { part } from "../support/part.mjs";

const { List } = await part("rows/list");
const { ago, describe } = await part("rows/words");

function row(/** @type {string} */ id, /** @type {object} */ more = {}) {
  const head = {
    kind: "branch",
    branch: "trunk",
    oid: "a".repeat(40),
    subject: "s",
    committed: 1,
  };
  return {
    id,
    repository: "r",
    path: `/w/${id}`,
    label: id,
    kind: "managed",
    state: "ok",
    head,
    pending: false,
    ...more,
  };
}

function loaded() {
  const list = new List();
  list.replace({
    revision: 7,
    repositories: [{ id: "r", name: "garden" }],
    checkouts: [row("old", { active: 1 }), row("new", { active: 2 }), row("home", { kind: "local" })],
    sessions: [],
  });
  return list;
}

const labels = (/** @type {any} */ list) => list.checkouts("r").map((/** @type {any} */ each) => each.label);
const change = (/** @type {object} */ more) => ({
  repositories: [],
  changed: [],
  sessions: [],
  removed: [],
  ...more,
});

test("Local stands first, then what was active last", () => {
  assert.deepEqual(labels(loaded()), ["home", "new", "old"]);
});

test("the next notification completes, adds and removes rows", () => {
  const list = loaded();
  const changed = [row("old", { label: "renamed", active: 1 }), row("extra", { active: 0 })];
  assert.equal(list.apply(change({ revision: 8, changed, removed: ["new"] })), true);
  assert.deepEqual(labels(list), ["home", "renamed", "extra"]);
});

/** An answer that comes when it is let go. */
function question() {
  /** @type {(answer: object) => void} */
  let answer = () => {};
  const asked = new Promise((resolve) => (answer = resolve));
  return { asked, answer };
}

const answered = (/** @type {number} */ revision) => ({
  revision,
  repositories: [{ id: "r", name: "garden" }],
  checkouts: [row("home", { kind: "local" })],
  sessions: [],
});

test("what is told after an answer was made, and comes before it, is not lost", async () => {
  for (const list of [new List(), loaded()]) {
    const { asked, answer } = question();
    const taken = list.take(asked);
    for (const [revision, id] of /** @type {[number, string][]} */ ([
      [8, "a"],
      [9, "b"],
      [10, "c"],
    ])) {
      assert.equal(list.apply(change({ revision, changed: [row(id)] })), true);
    }
    answer(answered(8));
    assert.equal(await taken, true);
    assert.deepEqual(labels(list).sort(), ["b", "c", "home"]);
    assert.equal(list.apply(change({ revision: 11, removed: ["b"] })), true);
    assert.deepEqual(labels(list).sort(), ["c", "home"]);
  }
});

test("the list is asked for again where something between an answer and what came before it was lost", async () => {
  const list = new List();
  const { asked, answer } = question();
  const taken = list.take(asked);
  list.apply(change({ revision: 10, changed: [row("late")] }));
  answer(answered(8));
  assert.equal(await taken, false);
});

test("an answer to an earlier question does not undo a later one", async () => {
  const list = new List();
  const [first, second] = [question(), question()];
  const taken = [list.take(first.asked), list.take(second.asked)];
  second.answer({ ...answered(9), checkouts: [row("newer")] });
  first.answer(answered(8));
  assert.deepEqual(await Promise.all(taken), [true, true]);
  assert.deepEqual(labels(list), ["newer"]);
});

test("a notification that the answer already has changes nothing", () => {
  const list = loaded();
  assert.equal(list.apply(change({ revision: 7, removed: ["new"] })), true);
  assert.deepEqual(labels(list), ["home", "new", "old"]);
});

test("after a gap the list must be asked for again", () => {
  const list = loaded();
  assert.equal(list.apply(change({ revision: 9, removed: ["new"] })), false);
  assert.deepEqual(labels(list), ["home", "new", "old"]);
});

test("notifications before the first answer are not kept: the answer has them", () => {
  const list = new List();
  assert.equal(list.apply(change({ revision: 3, changed: [row("a")] })), true);
  assert.equal(list.loaded, false);
  assert.deepEqual(list.all, []);
});

test("a repository whose id becomes another stands there once", () => {
  const list = new List();
  const garden = { name: "garden", commonDir: "/garden/.git" };
  list.replace({
    revision: 1,
    repositories: [{ ...garden, id: "path" }],
    checkouts: [],
    sessions: [],
  });
  list.apply(change({ revision: 2, repositories: [{ ...garden, id: "known" }] }));
  assert.deepEqual(
    list.repositories.map((/** @type {any} */ each) => each.id),
    ["known"],
  );
});

test("a row says what stands out about it, and that it is still being read", () => {
  const counts = { staged: 1, unstaged: 1, untracked: 2, conflicted: 0 };
  const base = { oid: "b", from: "trunk", ahead: 2, behind: 0 };
  assert.equal(describe(row("a", { counts, base, kind: "kept" })), "trunk · 4 uncommitted · 2 ahead · kept");
  assert.equal(describe(row("a", { pending: true })), "trunk · …");
  const head = { kind: "detached", branch: null, oid: "0123456789abcdef" };
  assert.equal(describe(row("a", { head, state: "missing" })), "missing · 01234567");
  assert.equal(describe(row("a", { head, inLocal: true })), "in Local · 01234567");
});

test("moments read in the largest unit that fits", () => {
  assert.deepEqual(
    [0, 59, 60, 7199, 86_400 * 3].map((past) => ago(1_000_000 - past, 1_000_000)),
    ["just now", "just now", "1 minute ago", "1 hour ago", "3 days ago"],
  );
});
