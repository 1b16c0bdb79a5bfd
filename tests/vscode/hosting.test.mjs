// Where tmux does not host agents, a terminal of the window does: the list knows of its start, its questions and its end.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inTodaysEditor } from "./support/editors.mjs";
import { scripted } from "./support/agents.mjs";
import { SERVER } from "./support/parts.mjs";
import { SessionsView } from "./support/sessionsView.mjs";

const READABLE = { "terminal.integrated.gpuAcceleration": "off" };
const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };

inTodaysEditor("a terminal of the window hosts an agent", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  scripted(place);
  const settings = join(place.home, "config/hedgerow/settings.toml");
  place.write(settings, `terminal = "editor"\n${readFileSync(settings, "utf8")}`);
  const window = await code.open(place.repository(), { settings: READABLE });
  const view = new SessionsView(window);
  await window.openView();
  await window.row("Local").waitFor();

  await view.start("Plant the beans; write beans.txt yes; ask Bash; say Planted");
  await view.below("Needs you", "wants to use Bash");
  assert.ok(existsSync(join(place.root, "code/garden.worktrees/plant-the-beans-write/beans.txt")));
  await window.dismissMessages();
  await view.typeInTerminal("May I use Bash?", "yes");
  await view.below("Done", "Plant the beans");
  await shoot("hosted");
  await window.dismissMessages();

  // Its terminal is found again, and with it the agent ends.
  await view.row("trunk").click();
  await view.press("Plant the beans", "Attach to Session");
  await view.focusedTerminal.waitFor();
  assert.equal(await window.page.locator(".terminal-wrapper").count(), 1);
  await window.command("Terminal: Kill the Active Terminal Instance");
  assert.match(await view.below("Parked", "Plant the beans"), /ended/);
});
