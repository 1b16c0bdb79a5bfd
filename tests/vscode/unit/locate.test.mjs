// Where the server's program is looked for, and where not.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { part, scratch } from "../support/part.mjs";

const { locate } = await part("server/locate");

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
