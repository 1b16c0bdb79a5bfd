// How sessions read: their line, their age, what menus go by, and what may be agreed to from a row.
import assert from "node:assert/strict";
import { test } from "node:test";
import { part } from "../support/part.mjs";

const { age, atAGlance, clipped, describeSession, needs, sessionContext, withoutShell } =
  await part("rows/sessionWords");
const { splitArguments } = await part("rows/arguments");

const NOW = 1_000_000;

function row(/** @type {Record<string, unknown>} */ more = {}) {
  return {
    label: "Fix it",
    phase: "idle",
    host: "tmux",
    problems: [],
    since: NOW - 300,
    pinned: false,
    ...more,
  };
}

function question(/** @type {Record<string, unknown>} */ more = {}) {
  const text = "wants to run: npm test";
  return {
    id: "q",
    kind: "approval",
    text,
    command: "npm test",
    paths: [],
    answerable: true,
    ...more,
  };
}

const head = { kind: "branch", branch: "fix-login" };
const counts = { staged: 1, unstaged: 1, untracked: 0, conflicted: 0 };
const checkout = {
  label: "login",
  kind: "managed",
  state: "ok",
  head,
  counts,
  base: { ahead: 2 },
};

test("a row says what happened, the branch, the counts and the age", () => {
  const failed = row({ phase: "failed", detail: "overloaded" });
  const { text } = describeSession(failed, checkout, undefined, NOW);
  assert.equal(text, "overloaded · fix-login · 2 uncommitted · 2 ahead · 5m");
});

test("what is asked stands below the row, and not beside it", () => {
  const waiting = row({
    phase: "waiting",
    question: question(),
    detail: "wants to run: npm test",
  });
  assert.equal(describeSession(waiting, undefined, undefined, NOW).text, "5m");
  const untold = row({
    phase: "waiting",
    question: null,
    detail: "wants something",
  });
  assert.equal(describeSession(untold, undefined, undefined, NOW).text, "wants something · 5m");
});

test("a row that is done says what was said, on one line, and names its repository among several", () => {
  const done = row({
    phase: "done",
    lastMessage: "All green.\nSecond line",
    pinned: true,
  });
  assert.equal(describeSession(done, undefined, "garden", NOW).text, "All green. · garden · pinned · 5m");
  const long = describeSession(
    row({ phase: "done", lastMessage: "word ".repeat(99) }),
    undefined,
    undefined,
    NOW,
  );
  assert.ok(long.text.length < 80 && long.text.includes("…"));
});

test("a name that says the same as the label is not said twice", () => {
  const same = {
    ...checkout,
    head: { kind: "detached", branch: null, oid: "a" },
    label: "fix-it",
  };
  assert.equal(describeSession(row(), { ...same, counts: null, base: null }, undefined, NOW).text, "5m");
});

test("ages are short, and say how long they stay so", () => {
  const at = (/** @type {number} */ past) => age(NOW - past, NOW);
  assert.deepEqual(
    [0, 59, 60, 3599, 3600, 172_799, 172_800].map((past) => at(past).text),
    ["now", "now", "1m", "59m", "1h", "47h", "2d"],
  );
  assert.deepEqual(
    [10, 75, 3600].map((past) => at(past).stays),
    [50, 45, 3600],
  );
});

test("menus go by phase, host, question and checkout", () => {
  const waiting = row({
    phase: "waiting",
    question: question(),
    conversation: "x",
  });
  assert.equal(
    sessionContext(waiting, checkout),
    "session.waiting+host.tmux+approval+answerable+runs+conversation+in.managed+ok+changes+ahead",
  );
  const dialog = row({
    phase: "waiting",
    question: question({ kind: "dialog", answerable: false }),
  });
  assert.equal(sessionContext(dialog, undefined), "session.waiting+host.tmux+dialog+elsewhere+runs");
  assert.equal(
    sessionContext(row({ phase: "parked", host: "nothing" }), undefined),
    "session.parked+host.nothing",
  );
});

test("only what is read at a glance is approved by a button beside it", () => {
  assert.ok(atAGlance(question(), 48));
  assert.ok(atAGlance(question({ command: null }), 48));
  assert.ok(
    !atAGlance(question({ command: "npm test && rm -rf ~" }), 48),
    "the sentence leaves some of it out",
  );
  const long = "x".repeat(200);
  assert.ok(!atAGlance(question({ command: long, text: `wants to run: ${long}` }), 48));
  assert.ok(!atAGlance(question({ paths: ["a", "b"] }), 48), "several files are not seen there");
});

test("what needs the person is counted in words", () => {
  const phases = ["waiting", "waiting", "done", "working", "failed"];
  assert.equal(needs(phases.map((phase) => row({ phase }))), "2 need you, 1 failed, 1 done");
  assert.equal(needs([row({ phase: "waiting" })]), "1 needs you");
  assert.equal(needs([row({ phase: "done", archived: true })]), "");
});

test("what the server says to a shell is not said in an editor", () => {
  assert.equal(withoutShell("Started Codex in fix; `hedgerow attach a1` shows it"), "Started Codex in fix");
  assert.equal(withoutShell("Stopped Fix; `hedgerow resume a1` goes on"), "Stopped Fix");
  assert.equal(withoutShell("Pinned Fix"), "Pinned Fix");
});

test("labels are cut between words", () => {
  assert.equal(clipped("fix the login test of the garden", 20), "fix the login test…");
  assert.equal(clipped("a".repeat(30), 10), `${"a".repeat(9)}…`);
  assert.equal(clipped(" two\nlines ", 20), "two lines");
});

test("arguments are split at blanks, not in quotes", () => {
  assert.deepEqual(splitArguments(`--model "gpt 6" -c 'a b'\\ c "" x\\"y`), [
    "--model",
    "gpt 6",
    "-c",
    "a b c",
    "",
    `x"y`,
  ]);
  assert.deepEqual(splitArguments("  "), []);
});
