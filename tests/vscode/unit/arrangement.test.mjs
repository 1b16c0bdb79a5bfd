// How sessions are arranged, and that after a change only what differs is drawn again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { part } from "../support/part.mjs";

const { List } = await part("rows/list");
const { Arrangement } = await part("rows/arrangement");
const { urgent } = await part("rows/order");

const NOW = 1_000_000;
const PHASES = ["waiting", "done", "working", "failed", "idle", "parked"];

/** @param {string} id @param {Record<string, unknown>} more */
function session(id, more = {}) {
  const question = {
    id: "q",
    text: "wants to run: ls",
    paths: [],
    options: [],
    answerable: true,
  };
  return {
    id,
    agent: "codex",
    repository: "r",
    checkout: `c-${id}`,
    path: `/w/${id}`,
    label: `Session ${id}`,
    phase: "idle",
    detail: null,
    question: more.phase === "waiting" ? { ...question, kind: "approval" } : null,
    since: NOW - 3600,
    started: NOW - 7200,
    root: id,
    host: "tmux",
    problems: [],
    pinned: false,
    archived: false,
    ...more,
  };
}

/** @param {string} id @param {Record<string, unknown>} more */
function checkout(id, more = {}) {
  const head = {
    kind: "branch",
    branch: `work-${id}`,
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
    ...more,
  };
}

/** @param {any[]} sessions */
function arranged(sessions, repositories = [{ id: "r", name: "garden", trusted: true, problems: [] }]) {
  const list = new List();
  const checkouts = [
    checkout("home", { kind: "local" }),
    checkout("free"),
    ...sessions.map(({ id }) => checkout(`c-${id}`)),
  ];
  list.replace({ revision: 1, repositories, checkouts, sessions });
  const arrangement = new Arrangement(list);
  assert.equal(arrangement.update(NOW).kind, "all", "the first drawing is of everything");
  let revision = 1;
  /** What is drawn again after these rows were told: keys, or "all"; and how many rows that makes. */
  const told = (/** @type {object} */ change, now = NOW) => {
    revision += 1;
    const rows = {
      repositories: [],
      changed: [],
      sessions: [],
      removed: [],
      ...change,
    };
    assert.ok(list.apply({ revision, ...rows }));
    return drawn(now);
  };
  const drawn = (now = NOW) => {
    const difference = arrangement.update(now);
    if (difference.kind === "all") return { keys: "all", rows: Infinity };
    const below = (/** @type {any} */ node) => 1 + arrangement.children(node).map(below).reduce(sum, 0);
    const nodes = difference.nodes;
    return {
      keys: nodes.map((/** @type {any} */ { key }) => key),
      rows: nodes.map(below).reduce(sum, 0),
    };
  };
  return { list, arrangement, told, drawn };
}

const sum = (/** @type {number} */ one, /** @type {number} */ other) => one + other;
const shape = (/** @type {any} */ arrangement) =>
  arrangement.roots.map((/** @type {any} */ root) => [
    root.key,
    ...arrangement.children(root).map((/** @type {any} */ { key }) => key),
  ]);

/** A hundred sessions: five that wait, five done, forty at work, and so on. */
function hundred() {
  const phases = [
    "waiting",
    "done",
    ...Array(8).fill("working"),
    "failed",
    ...Array(8).fill("idle"),
    "parked",
  ];
  return Array.from({ length: 100 }, (_, at) =>
    session(String(at).padStart(3, "0"), {
      phase: phases[at % phases.length],
      started: NOW - 9000 + at,
    }),
  );
}

test("sessions stand by what they need, and checkouts without any below, Local first", () => {
  const sessions = PHASES.toReversed().map((phase) => session(phase, { phase }));
  const { arrangement } = arranged(sessions);
  assert.deepEqual(shape(arrangement), [
    ...PHASES.map((phase) => [`group/${phase}`, `${phase}/${phase}${phase === "waiting" ? "/q" : ""}`]),
    ["repository/r", "checkout/home", "checkout/free"],
  ]);
});

test("what waits longest comes first; what works stays in the order of its starts", () => {
  const { arrangement } = arranged([
    session("late", { phase: "waiting", since: NOW - 1 }),
    session("long", { phase: "waiting", since: NOW - 100 }),
    session("second", { phase: "working", started: NOW - 5, since: NOW - 5 }),
    session("first", { phase: "working", started: NOW - 50, since: NOW - 1 }),
  ]);
  assert.deepEqual(shape(arrangement).slice(0, 2), [
    ["group/waiting", "waiting/long/q", "waiting/late/q"],
    ["group/working", "working/first", "working/second"],
  ]);
});

test("forks stand below what they were made from, where the most urgent of them belongs", () => {
  const { arrangement } = arranged([
    session("stem", { phase: "idle" }),
    session("fork", { phase: "waiting", root: "stem" }),
    session("other", { phase: "working" }),
  ]);
  assert.deepEqual(shape(arrangement)[0], ["group/waiting", "waiting/stem/forks"]);
  const [root] = arrangement.children(arrangement.roots[0]);
  assert.deepEqual(
    arrangement.children(root).map((/** @type {any} */ { key }) => key),
    ["waiting/fork/q"],
  );
  assert.deepEqual(
    arrangement.children(arrangement.session("fork")).map((/** @type {any} */ { key }) => key),
    ["waiting/fork/q/question"],
    "with what it asks below it",
  );
  assert.equal(arrangement.count(arrangement.roots[0]), 2);
  assert.equal(arrangement.parent(arrangement.session("fork")), root);
});

test("a row with its first fork is another row, which is unfolded; with its second it stays", () => {
  const { arrangement, told } = arranged([session("stem", { phase: "working" })]);
  const key = () => arrangement.session("stem").key;
  assert.equal(key(), "working/stem");
  told({ sessions: [session("fork", { phase: "working", root: "stem" })] });
  assert.equal(key(), "working/stem/forks");
  const row = arrangement.session("stem");
  told({ sessions: [session("second", { phase: "working", root: "stem" })] });
  assert.equal(arrangement.session("stem"), row);
});

test("with a hundred sessions, news of one draws one row", () => {
  const { told } = arranged(hundred());
  const row = session("002", {
    phase: "working",
    started: NOW - 9000 + 2,
    detail: "reads beds.py",
  });
  assert.deepEqual(told({ sessions: [row] }), {
    keys: ["working/002"],
    rows: 1,
  });
  assert.deepEqual(told({ sessions: [row] }), { keys: [], rows: 0 }, "told again, nothing is drawn");
});

test("with a hundred sessions, one that goes over to another group draws these two groups", () => {
  const { told, arrangement } = arranged(hundred());
  const row = session("002", { phase: "waiting", started: NOW - 9000 + 2 });
  const { keys, rows } = told({ sessions: [row] });
  assert.deepEqual(keys, ["group/waiting", "group/working"]);
  assert.equal(rows, 2 + 6 + 6 + 39, "their headings, and who stands below, with what they ask");
  assert.equal(arrangement.roots.length, 7);
});

test("with a hundred sessions, what a checkout tells draws the row of its session", () => {
  const { told } = arranged(hundred());
  const counts = { staged: 0, unstaged: 3, untracked: 0, conflicted: 0 };
  assert.deepEqual(told({ changed: [checkout("c-017", { counts })] }), {
    keys: ["idle/017"],
    rows: 1,
  });
  assert.deepEqual(told({ changed: [checkout("c-017", { counts, active: NOW })] }).rows, 0);
});

test("an age is drawn again when it reads otherwise, and nothing before that", () => {
  const sessions = [session("young", { since: NOW - 90 }), session("old", { since: NOW - 3600 * 5 })];
  const { arrangement, drawn } = arranged(sessions);
  assert.equal(arrangement.stays, 30, "until the young one is two minutes old");
  assert.equal(drawn(NOW + 29).rows, 0);
  assert.deepEqual(drawn(NOW + 30), { keys: ["idle/young"], rows: 1 });
});

test("a row keeps its node as long as it stays in its group", () => {
  const { arrangement, told } = arranged([session("one", { phase: "working" })]);
  const before = arrangement.session("one");
  told({ sessions: [session("one", { phase: "working", label: "Another" })] });
  assert.equal(arrangement.session("one"), before);
  assert.equal(before.row.label, "Another", "and has what it is about by now");
});

test("the first session of a group, and the last, draw everything: a heading comes or goes", () => {
  const { told } = arranged([session("one", { phase: "working" })]);
  assert.equal(told({ sessions: [session("one", { phase: "waiting" })] }).keys, "all");
  assert.equal(told({ removed: ["one"] }).keys, "all");
});

test("of several repositories, each has its checkouts, and sessions name theirs", () => {
  const repositories = ["garden", "orchard"].map((name) => ({
    id: name,
    name,
    trusted: true,
    problems: [],
  }));
  const { arrangement } = arranged([session("one", { repository: "orchard" })], repositories);
  assert.deepEqual(
    shape(arrangement).map((/** @type {string[]} */ [key]) => key),
    ["group/idle", "repository/garden", "repository/orchard"],
  );
  assert.equal(arrangement.repositoryName(arrangement.session("one").row), "orchard");
});

test("archived sessions are not there, and their checkouts are without one", () => {
  const { arrangement } = arranged([session("gone", { archived: true })]);
  assert.deepEqual(shape(arrangement), [
    ["repository/r", "checkout/home", "checkout/c-gone", "checkout/free"],
  ]);
});

test("the most urgent: who waits longest, then what failed, then what is done", () => {
  const rows = [
    session("done", { phase: "done" }),
    session("working", { phase: "working" }),
    session("failed", { phase: "failed" }),
    session("late", { phase: "waiting", since: NOW - 1 }),
    session("long", { phase: "waiting", since: NOW - 100 }),
  ];
  assert.deepEqual(
    urgent(rows).map((/** @type {any} */ { id }) => id),
    ["long", "late", "failed", "done"],
  );
});
