// Prints as JSON how long VS Code says that loading and activating our extension took, beside an extension with nothing in
// it, for so many windows: `node bench/starting_vscode.mjs ROUNDS`. What it needs is named as for tests/vscode.
import { join } from "node:path";
import { Code } from "../tests/vscode/support/code.mjs";
import { Place } from "../tests/vscode/support/place.mjs";

const rounds = Number(process.argv[2] ?? 3);
const place = new Place();
const code = new Code(process.env.HEDGEROW_CODE_TODAY, place);
place.link("hedgerow", process.env.HEDGEROW_PROGRAM);
const empty = join(code.extensions, "hedgerow.empty-1.0.0");
const manifest = {
  publisher: "hedgerow",
  name: "empty",
  displayName: "Nothing",
  version: "1.0.0",
  engines: { vscode: "^1.100.0" },
  main: "./main.js",
  activationEvents: ["onStartupFinished"],
};
place.write(join(empty, "package.json"), JSON.stringify(manifest));
place.write(join(empty, "main.js"), "exports.activate = () => undefined;\n");

/** Milliseconds of loading the code and of the call, as the editor lists them. */
async function activation(window, name) {
  const row = window.page.locator(".runtime-extensions-editor .extension").filter({ hasText: name }).first();
  const time = row.locator(".activation-time").filter({ hasText: /\d+\s*ms/ });
  await time.waitFor();
  return Number(/(\d+)\s*ms/.exec(await time.innerText())[1]);
}

try {
  const repository = place.repository();
  const samples = [];
  for (let round = 0; round <= rounds; round++) {
    const window = round === 0 ? await code.open(repository) : await code.another(repository);
    await window.openView();
    await window.row("Local").waitFor();
    await window.command("Developer: Show Running Extensions");
    await window.page.setViewportSize({ width: 1280, height: 4000 }); // only rows in sight are there
    const pair = { ours: await activation(window, "Hedgerow"), empty: await activation(window, "Nothing") };
    if (round > 0) samples.push(pair); // the first window pays for what the machine had not read yet
    await window.page.close();
  }
  process.stdout.write(`${JSON.stringify(samples)}\n`);
} finally {
  await code.close();
  place.remove();
}
