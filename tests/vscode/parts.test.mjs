// Those parts of the extension that need no editor, as the bundler sees them: the list, the words, the finder.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const EXTENSION = join(dirname(fileURLToPath(import.meta.url)), "../../editors/vscode");
const esbuild = createRequire(join(EXTENSION, "package.json"))("esbuild");
const scratch = mkdtempSync(join(tmpdir(), "hedgerow-parts-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

async function part(/** @type {string} */ name) {
  const outfile = join(scratch, `${name}.mjs`);
  const entryPoints = [join(EXTENSION, "src", `${name}.ts`)];
  await esbuild.build({ entryPoints, outfile, bundle: true, format: "esm", platform: "node" });
  return import(pathToFileURL(outfile).href);
}

const { List } = await part("list");
const { ago, describe } = await part("words");
const { locate } = await part("locate");

function row(/** @type {string} */ id, /** @type {object} */ more = {}) {
  const head = { kind: "branch", branch: "trunk", oid: "a".repeat(40), subject: "s", committed: 1 };
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
  });
  return list;
}

const labels = (/** @type {any} */ list) => list.checkouts("r").map((/** @type {any} */ each) => each.label);
const change = (/** @type {object} */ more) => ({ repositories: [], changed: [], removed: [], ...more });

test("Local stands first, then what was active last", () => {
  assert.deepEqual(labels(loaded()), ["home", "new", "old"]);
});

test("the next notification completes, adds and removes rows", () => {
  const list = loaded();
  const changed = [row("old", { label: "renamed", active: 1 }), row("extra", { active: 0 })];
  assert.equal(list.apply(change({ revision: 8, changed, removed: ["new"] })), true);
  assert.deepEqual(labels(list), ["home", "renamed", "extra"]);
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
  list.replace({ revision: 1, repositories: [{ ...garden, id: "path" }], checkouts: [] });
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

test("the server is looked for where the setting says and nowhere else, or on PATH in its order", () => {
  const [first, second] = ["one", "two"].map((name) => join(scratch, name, "hedgerow"));
  assert.ok(first && second);
  for (const program of [first, second]) {
    mkdirSync(dirname(program), { recursive: true });
    writeFileSync(program, "#!/bin/sh\n", { mode: 0o755 });
  }
  const searchPath = ["relative", join(scratch, "none"), dirname(first), dirname(second)].join(":");
  const quiet = () => undefined;
  assert.deepEqual(locate("", searchPath, quiet), { program: first });
  assert.deepEqual(locate(second, searchPath, quiet), { program: second });
  assert.match(locate("/nowhere/hedgerow", searchPath, quiet).problem, /names \/nowhere\/hedgerow/);
  assert.match(locate("bin/hedgerow", searchPath, quiet).problem, /must be a full path/);
  chmodSync(first, 0o644);
  assert.deepEqual(locate("", searchPath, quiet), { program: second });
  assert.match(locate("", join(scratch, "none"), quiet).problem, /no program 'hedgerow'/);
});

test("a folder that is open cannot choose the server through a relative PATH entry", () => {
  const before = process.cwd();
  mkdirSync(join(scratch, "opened"));
  writeFileSync(join(scratch, "opened/hedgerow"), "#!/bin/sh\n", { mode: 0o755 });
  process.chdir(join(scratch, "opened"));
  try {
    assert.ok("problem" in locate("", ".:", () => undefined));
  } finally {
    process.chdir(before);
  }
});
