// Finding the server: offered where it is missing, installed in sight, looked for beside the interpreter that is selected;
// one that is too old says so once. Each step is in the log.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inEachEditor, inTodaysEditor } from "./support/editors.mjs";
import { SERVER } from "./support/parts.mjs";

const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };

inEachEditor("a server that is missing is installed after a click", NEEDS, async ({ code, place, shoot }) => {
  // Stands in for uv, which puts a link to the program there; the first time it fails as uv does without a network.
  const linked = join(place.home, ".local/bin/hedgerow");
  place.script(
    "uv",
    `#!/bin/sh\necho "uv $*" >>${place.root}/asked\nif [ ! -e ${place.root}/tried ]; then touch ${place.root}/tried; ` +
      `echo "error: no route to the index" >&2; exit 2; fi\necho "Installed 1 executable: hedgerow"\n` +
      `mkdir -p ${dirname(linked)} && ln -s ${SERVER} ${linked}\n`,
  );
  const window = await code.open(place.repository());
  await window.openView();
  await window.page.getByText("Hedgerow needs its server, and it was not found").waitFor();
  const message = window.message("there is no program 'hedgerow' here");
  await message.waitFor();
  await shoot("install-offered");
  await window.press(message, "Install with uv");
  const failed = window.message("uv did not install Hedgerow's server");
  await failed.waitFor();
  await window.page.locator(".terminal-wrapper, .xterm").first().waitFor();
  await shoot("install-failed");
  await window.press(failed, "Try Again");
  await window.row("Local").filter({ hasText: "trunk" }).waitFor();
  await shoot("installed");
  assert.equal(
    readFileSync(join(place.root, "asked"), "utf8"),
    "uv tool install hedgerow\nuv tool install hedgerow\n",
  );
  const log = code.extensionLog();
  assert.match(log, /not on PATH; tried .*bin\/hedgerow/);
  assert.match(log, /not where uv and pipx put programs; tried/);
  assert.match(log, /uv tool install hedgerow/);
  assert.match(log, /found the server at .*\.local\/bin\/hedgerow/);

  await window.command("Hedgerow: Show Status of the Server");
  await window.column(1).line("The server runs").waitFor();
  await shoot("server-status");
});

inTodaysEditor("the server beside the selected interpreter is found", NEEDS, async ({ code, place }) => {
  // Stands in for the Python extension, of which we use two functions.
  const extension = join(code.extensions, "ms-python.python-2026.1.0");
  const manifest = {
    publisher: "ms-python",
    name: "python",
    version: "2026.1.0",
    engines: { vscode: "^1.100.0" },
    main: "./main.js",
    activationEvents: [],
  };
  const bin = join(place.root, "venv/bin");
  mkdirSync(bin, { recursive: true });
  place.write(join(extension, "package.json"), JSON.stringify(manifest));
  place.write(
    join(extension, "main.js"),
    `const vscode = require("vscode");
exports.activate = () => ({ environments: {
  getActiveEnvironmentPath: () => ({ id: "venv", path: "${bin}/python" }),
  resolveEnvironment: async ({ path }) => ({ executable: { uri: vscode.Uri.file(path) } }),
} });\n`,
  );
  place.link("../venv/bin/hedgerow", /** @type {string} */ (SERVER));
  const window = await code.open(place.repository());
  await window.openView();
  await window.row("Local").filter({ hasText: "trunk" }).waitFor();
  assert.match(code.extensionLog(), /found the server at .*venv\/bin\/hedgerow \(beside the selected/);
});

inTodaysEditor(
  "a server that is too old says so once, with a way out",
  NEEDS,
  async ({ code, place, shoot }) => {
    const python = readFileSync(/** @type {string} */ (SERVER), "utf8").split("\n")[0];
    place.script(
      "hedgerow",
      `${python}\nimport sys\nfrom hedgerow.protocol import model\nmodel.PROTOCOL_VERSION = 0\n` +
        "from hedgerow.cli.main import main\nsys.exit(main())\n",
    );
    place.script("pipx", `#!/bin/sh\necho "pipx $*" >>${place.root}/asked\n`);
    const window = await code.open(place.repository());
    const message = window.message("Hedgerow's server is older than this extension");
    await message.waitFor();
    assert.match(await message.innerText(), /version 0 of their protocol, this extension version 1/);
    assert.equal(await window.message("").count(), 1);
    await shoot("server-too-old");
    await window.press(message, "Update Server");
    // It was brought up to date and is as old as before: said again, once.
    await message.waitFor({ state: "detached" });
    await window.message("Hedgerow's server is older than this extension").waitFor();
    assert.equal(readFileSync(join(place.root, "asked"), "utf8"), "pipx upgrade hedgerow\n");
  },
);
