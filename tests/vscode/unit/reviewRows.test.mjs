// The rows of a review: how they read, and which of them are drawn anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { part } from "../support/part.mjs";

const { difference, rowOf } = await part("review/rows");
const { linesOfComment, progress, reviewDescription, standingOf, wholeFile } = await part("review/words");

const HUNK = {
  id: "h1",
  oldStart: 5,
  oldCount: 1,
  newStart: 5,
  newCount: 1,
  text: "-a\n+  b\n",
  state: "pending",
};
const FILE = {
  path: "src/a.txt",
  oldPath: null,
  status: "modified",
  kind: "text",
  added: 3,
  removed: 1,
  pending: true,
  queued: false,
};

function review(/** @type {any} */ more = {}) {
  const { files = [FILE], hunks = [HUNK], totals, ...rest } = more;
  return rowOf({
    checkout: "c",
    label: "fix-login",
    path: "/w/fix-login",
    diff: { files, totals: totals ?? { files: files.length, added: 3, removed: 1, pending: 1 } },
    drafts: 0,
    reading: () => hunks && { hunks },
    isUnsaved: () => false,
    rejected: [],
    ...rest,
  });
}

const described = (/** @type {any} */ row) => `${row.label} | ${row.description} | ${row.context}`;

test("a review reads from the worktree to the hunk", () => {
  const row = review();
  assert.equal(described(row), "fix-login | 1 of 1 file pending | review+pending");
  assert.equal(described(row.children[0]), "a.txt | src · 1 hunk | file+pending");
  assert.equal(described(row.children[0].children[0]), "5: b | +1 −1 | hunk+pending");
  assert.equal(row.children[0].accepted, false);
});

test("what stands out of a file is beside its name", () => {
  const first = (/** @type {any} */ more) => review(more).children[0].description;
  const accepted = { ...HUNK, id: "h2", state: "accepted" };
  assert.equal(first({ hunks: [HUNK, accepted] }), "src · 1 of 2 pending");
  assert.equal(first({ files: [{ ...FILE, pending: false }] }), "src · accepted");
  assert.equal(first({ files: [{ ...FILE, queued: true }] }), "src · rejected when the turn ends");
  assert.equal(first({ isUnsaved: () => true }), "src · not saved · 1 hunk");
  assert.equal(first({ hunks: null }), "src · +3 −1");
  const renamed = { ...FILE, path: "b.txt", oldPath: "a.txt", status: "renamed" };
  assert.equal(first({ files: [renamed] }), "← a.txt · 1 hunk");
  const binary = { ...FILE, path: "b.bin", kind: "binary", added: null, removed: null };
  assert.equal(first({ files: [binary], hunks: [] }), "binary");
});

test("what was rejected here stays to be seen, also when its file no longer differs", () => {
  const rejected = [{ operation: "o", path: "src/a.txt", label: "7: gone" }];
  const [, undone] = review({ rejected }).children[0].children;
  assert.equal(described(undone), "7: gone | rejected | rejected");
  const alone = review({ files: [], rejected }).children[0];
  assert.equal(described(alone), "a.txt 7: gone | rejected | rejected");
});

test("of more files than are listed, the rest is named", () => {
  const totals = { files: 1200, added: 1, removed: 1, pending: 1200 };
  assert.equal(described(review({ totals }).children[1]), "… and 1199 more files | show more | more");
});

test("only rows that look other than before are drawn anew", () => {
  const before = review();
  assert.deepEqual(difference([before], [review()]), []);
  const accepted = review({ hunks: [{ ...HUNK, state: "accepted" }] });
  assert.deepEqual(difference([before], [accepted]), ["c\nsrc/a.txt", "c\nsrc/a.txt\nh1"]);
  const other = review({ hunks: [{ ...HUNK, id: "h2" }] });
  assert.deepEqual(difference([before], [other]), ["c\nsrc/a.txt"], "its children came and went");
  assert.deepEqual(difference([before], [review({ drafts: 1 })]), ["c"]);
  assert.equal(difference([before], []), "all");
});

test("counts, comments and whole files in words", () => {
  assert.equal(progress([HUNK, { ...HUNK, state: "accepted" }]), "1/2 hunks");
  assert.equal(progress([HUNK]), "1/1 hunk");
  assert.equal(reviewDescription({ files: 3, pending: 0 }, 2), "all accepted · 2 comments to send");
  assert.equal(reviewDescription({ files: 0, pending: 0 }, 0), "nothing differs");
  assert.equal(standingOf({ state: "outdated", sent: null }), "Draft · its lines are gone");
  assert.deepEqual(linesOfComment("3-5"), { first: 2, last: 4 });
  assert.deepEqual(linesOfComment("3"), { first: 2, last: 2 });
  assert.equal(wholeFile({ status: "renamed", oldPath: "a" }).what, "Renamed from a");
});
