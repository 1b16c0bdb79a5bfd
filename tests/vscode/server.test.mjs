// The server's program: not there, not working, ending by itself. Whatever happens is said once, with a way out.
import assert from "node:assert/strict";
import { join } from "node:path";
import { inEachEditor } from "./support/editors.mjs";
import { SERVER } from "./support/parts.mjs";

const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };

inEachEditor("without a server there is one message, and it leads to the setting", NEEDS, async (parts) => {
  const { code, place, shoot } = parts;
  const window = await code.open(place.repository());
  const message = window.message("there is no program 'hedgerow' here");
  await message.waitFor();
  await window.status("Hedgerow: no server").waitFor();
  await window.openView();
  await window.page.getByText("Hedgerow needs its server, and it was not found").waitFor();
  assert.equal(await window.message("").count(), 1, "one message, and nothing from the client library");
  await shoot("no-server");

  // Without uv or pipx it is told how to have it; then it is set where it is.
  await window.press(message, "How to Install");
  await window.page.getByText("Have the server").first().waitFor();
  await shoot("walkthrough");
  await window.command("Hedgerow: Set Path of the Server");
  const setting = window.page.locator(".settings-editor .setting-item-contents");
  const path = setting.filter({ hasText: /Server:\s*Path/ }).locator("input");
  const nowhere = join(place.root, "nowhere");
  await path.fill(nowhere);
  await window.message(`The setting hedgerow.server.path names ${nowhere}`).waitFor();
  await path.fill(/** @type {string} */ (SERVER));
  await window.row("Local").filter({ hasText: "trunk" }).waitFor();
});

inEachEditor(
  "a server that does not start is said once, with its log",
  {},
  async ({ code, place, shoot }) => {
    const program = place.script("broken-server", "#!/bin/sh\necho 'no python here' >&2\nexit 3\n");
    const window = await code.open(place.repository(), { settings: { "hedgerow.server.path": program } });
    const message = window.message("Hedgerow's server did not start");
    await message.waitFor();
    await window.status("Hedgerow: stopped").waitFor();
    assert.equal(await window.message("").count(), 1, "one message, and nothing from the client library");
    await shoot("server-does-not-start");
    await window.press(message, "Show Log");
    // Only the lines in sight are in the page; the file has them all.
    await window.page.locator(".output-view, .panel").getByText("the server did not start").first().waitFor();
    assert.match(code.extensionLog(), /no python here/);
  },
);

inEachEditor(
  "a folder outside any repository is nothing to complain about",
  NEEDS,
  async ({ code, place }) => {
    place.link("hedgerow", /** @type {string} */ (SERVER));
    place.write(join(place.root, "plain/letter.txt"), "Dear gardener\n");
    const window = await code.open(join(place.root, "plain"));
    await window.openView();
    await window.page.getByText("No git repository is open here").waitFor();
    assert.equal(await window.message("").count(), 0);
  },
);
