// Where the server's program is looked for, and where not.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { part, scratch } from "../support/part.mjs";

const { locate } = await part("server/locate");

function program(/** @type {string} */ directory) {
  const path = join(scratch, directory, "hedgerow");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "#!/bin/sh\n", { mode: 0o755 });
  return path;
}

/** @param {{ setting?: string; environment?: Record<string, string>; interpreter?: string }} places */
async function found({ setting = "", environment = {}, interpreter } = {}) {
  /** @type {string[]} */
  const log = [];
  const places = {
    setting,
    environment: { HOME: join(scratch, "nobody"), ...environment },
    interpreter: async () => interpreter,
  };
  return { ...(await locate(places, (/** @type {string} */ line) => log.push(line))), log: log.join("\n") };
}

test("the server is looked for where the setting says and nowhere else, or on PATH in its order", async () => {
  const [first, second] = [program("one"), program("two")];
  const PATH = ["relative", join(scratch, "none"), dirname(first), dirname(second)].join(":");
  assert.equal((await found({ environment: { PATH } })).program, first);
  assert.equal((await found({ setting: second, environment: { PATH } })).program, second);
  assert.match((await found({ setting: "/nowhere/hedgerow", environment: { PATH } })).problem, /\/nowhere\//);
  assert.match(
    (await found({ setting: "bin/hedgerow", environment: { PATH } })).problem,
    /must be a full path/,
  );
  chmodSync(first, 0o644);
  const next = await found({ environment: { PATH } });
  assert.equal(next.program, second);
  assert.equal(next.by, "path");
});

test("then where uv and pipx put programs, then beside the interpreter, and each step is told", async () => {
  const PATH = join(scratch, "none");
  const home = join(scratch, "home");
  const interpreter = join(scratch, "venv/bin/python");
  const beside = program("venv/bin");
  const last = await found({ environment: { PATH, HOME: home }, interpreter });
  assert.equal(last.program, beside);
  assert.equal(last.by, "interpreter");
  assert.match(last.log, /not on PATH.*\n.*not where uv and pipx put programs.*\n.*beside the selected/);
  const put = program("home/.local/bin");
  assert.equal((await found({ environment: { PATH, HOME: home }, interpreter })).program, put);
  const named = program("tools");
  const environment = { PATH, HOME: home, UV_TOOL_BIN_DIR: dirname(named) };
  assert.equal((await found({ environment, interpreter })).program, named);
});

test("found nowhere, it says so once", async () => {
  const nothing = await found({
    environment: { PATH: join(scratch, "none") },
    interpreter: "/no/bin/python",
  });
  assert.match(nothing.problem, /no program 'hedgerow'/);
  assert.equal(nothing.by, "nothing");
});

test("a folder that is open cannot choose the server through a relative PATH entry", async () => {
  const before = process.cwd();
  process.chdir(dirname(program("opened")));
  try {
    assert.ok("problem" in (await found({ environment: { PATH: ".:" } })));
  } finally {
    process.chdir(before);
  }
});
