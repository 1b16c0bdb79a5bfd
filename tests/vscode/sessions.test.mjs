// Sessions as a person has them in VS Code: started, seen to wait, attached to, answered, done, stopped; from the view,
// the messages, the status bar, and with the keyboard alone.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inEachEditor, inTodaysEditor } from "./support/editors.mjs";
import { scripted } from "./support/agents.mjs";
import { SERVER } from "./support/parts.mjs";
import { SessionsView } from "./support/sessionsView.mjs";
import { until } from "./support/window.mjs";

/** Terminals draw text that can be read, no pictures of it. */
const READABLE = { "terminal.integrated.gpuAcceleration": "off" };
const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };

inEachEditor("a session from its start to its end", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  scripted(place);
  const repository = place.repository();
  const gate = join(place.root, "go");
  const window = await code.open(repository, { settings: READABLE });
  const view = new SessionsView(window);
  await window.openView();
  await window.row("Local").filter({ hasText: "trunk" }).waitFor();
  assert.equal(await view.badge(), "");
  // What cannot apply yet is not offered.
  const offered = await window.offered("Hedgerow: Session", "Hedgerow: Start Session");
  assert.deepEqual(
    offered.filter((title) => /^Hedgerow: (Stop|Attach to|Archive) Session/.test(title)),
    [],
  );

  await window.command("Hedgerow: Start Session");
  await window.asked("Which agent?");
  await shoot("start-agent");
  await window.pick("scripted");
  const prompt = `Plant the beans; write beans.txt yes; ask Bash; hold ${gate}; say All beans are planted`;
  await window.type("What is it to do?", prompt);
  await window.asked("Where is it to work?");
  await shoot("start-where");
  await window.pick("A new worktree");
  await window.message("Started scripted").waitFor();

  // It waits: the row says what for, the badge and the status bar count it, one message tells it.
  await view.below("Needs you", "Plant the beans");
  await view.below("Needs you", "wants to use Bash");
  await window.message("waits for you: wants to use Bash").waitFor();
  assert.equal(await view.badge(), "1");
  await view.need.filter({ hasText: "1" }).waitFor();
  assert.match((await view.need.locator("a").getAttribute("aria-label")) ?? "", /1 needs you/);
  await shoot("waiting");
  const worktree = join(place.root, "code/garden.worktrees/plant-the-beans-write");
  assert.ok(existsSync(join(worktree, "beans.txt")));
  await window.dismissMessages();

  // Only its terminal takes this answer: the question says so and leads there.
  await view.need.click();
  await window.dialog.filter({ hasText: "Only you answer this" }).waitFor();
  await shoot("only-you");
  await window.press(window.dialog, "Open Terminal");
  await view.typeInTerminal("May I use Bash?", "yes");
  await view.below("Working", "Plant the beans");
  assert.equal(await view.badge(), "");
  await view.need.waitFor({ state: "hidden" });
  await shoot("working");
  assert.deepEqual(await view.buttons("Plant the beans"), ["Follow Session", "Attach to Session"]);

  // One terminal for each session: the second time it is the same one.
  await view.row("trunk").click();
  await view.press("Plant the beans", "Attach to Session");
  await view.focusedTerminal.waitFor();
  assert.equal(await window.page.locator(".terminal-wrapper").count(), 1);
  // The terminal is only a view: closing it stops nobody.
  await window.command("Terminal: Kill the Active Terminal Instance");
  await window.page.locator(".terminal-wrapper").waitFor({ state: "detached" });

  // It is done, nobody has looked: it counts until somebody does.
  place.write(gate, "");
  const done = await view.below("Done", "Plant the beans");
  assert.match(done, /All beans are planted/);
  await window.message("is done").getByRole("button", { name: "Review" }).waitFor();
  assert.equal(await view.badge(), "1");
  await shoot("done");
  await window.dismissMessages();
  await view.row("Plant the beans").click();
  await view.below("Idle", "Plant the beans");
  assert.equal(await view.badge(), "");

  await view.press("Plant the beans", "Send Prompt");
  await window.type("Prompt for Plant the beans", "write more.txt yes; say more");
  await until(() => existsSync(join(worktree, "more.txt")), "what the prompt asked for");
  await view.below("Done", "more");

  await view.row("Plant the beans").click();
  await view.below("Idle", "Plant the beans");
  await view.menu("Plant the beans", "Rename Session");
  await window.type("What do you want to call it?", "Beans");
  await view.below("Idle", "Beans");
  await window.press(window.message("is called 'Beans' now"), "Undo");
  await view.below("Idle", "Plant the beans");
  await window.dismissMessages();

  await view.menu("Plant the beans", "Pin Session");
  await view.row("Plant the beans").filter({ hasText: "pinned" }).waitFor();
  await window.press(window.message("Pinned"), "Undo");
  await view.row("pinned").waitFor({ state: "detached" });
  await window.dismissMessages();

  await view.menu("Plant the beans", "Stop Session");
  await view.below("Parked", "Plant the beans");
  await window.message("Stopped").waitFor();
  await window.dismissMessages();
  await shoot("parked");

  // Put away, its worktree goes with it after the plan was read; and is there again with one click.
  await view.menu("Plant the beans", "Archive Session");
  await window.press(window.dialog, "Carry Out");
  await view.row("Plant the beans").waitFor({ state: "detached" });
  await window.message("Archived").waitFor();
  assert.ok(!existsSync(worktree));
  await window.press(window.message("Archived"), "Undo");
  await until(() => existsSync(join(worktree, "more.txt")), "the worktree is there again");
});

inTodaysEditor("two windows on one repository, by keys alone", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  scripted(place, ["scripted"]);
  // Settings of the machine are in a file of their own where the editor runs elsewhere than its window.
  const machine = { "hedgerow.sessions.notifications": "waiting" };
  place.write(join(code.userData, "Machine/settings.json"), JSON.stringify(machine));
  const repository = place.repository();
  const window = await code.open(repository, { settings: READABLE });
  const view = new SessionsView(window);
  await window.openView();
  await window.row("Local").filter({ hasText: "trunk" }).waitFor();
  const other = await code.another(repository);
  const otherView = new SessionsView(other);
  await other.openView();
  await other.row("Local").filter({ hasText: "trunk" }).waitFor();

  // Both see it; one of them is told.
  await window.page.bringToFront();
  await window.byKeys("Hedgerow: Start Session");
  await window.type("What is it to do?", "Weed the beds; ask Bash; say Weeded");
  await window.asked("Where is it to work?");
  await window.page.keyboard.press("Enter");
  await view.below("Needs you", "wants to use Bash");
  await otherView.below("Needs you", "wants to use Bash");
  const told = async () => {
    const counts = await Promise.all([window, other].map((each) => each.message("waits for you").count()));
    return counts.reduce((sum, each) => sum + each, 0);
  };
  await until(async () => (await told()) > 0, "either to be told");
  assert.equal(await told(), 1);
  for (const each of [window, other]) {
    await each.page.bringToFront();
    await each.dismissMessages();
  }

  // It ends under the question: one message says so.
  await otherView.menu("Weed the beds", "Stop Session");
  await other.dialog.filter({ hasText: "in the middle of a turn" }).waitFor();
  const started = join(place.home, "started");
  const [note] = readdirSync(started);
  const { pid } = JSON.parse(readFileSync(join(started, String(note)), "utf8"));
  process.kill(pid, "SIGKILL");
  await view.below("Failed", "was ended by SIGKILL");
  await other.press(other.dialog, "Stop It");
  await other.message("does not run").waitFor();
  assert.equal(await other.message("").count(), 1);
  assert.doesNotMatch(await other.message("").innerText(), /hedgerow resume|Error|at /);
  assert.equal(await other.message("has failed").count(), 0, "the setting says that only waiting is told");
  await shoot("ended");
  await other.page.close();

  // By keys: to the view, to the row, what happened there (which counts as having looked), another name.
  await window.page.bringToFront();
  await window.dismissMessages();
  await window.byKeys("Hedgerow: Focus on Sessions View");
  const { keyboard } = window.page;
  await view.focus("Weed the beds");
  await keyboard.press("Enter");
  await window.page.locator(".view-line", { hasText: "was ended by SIGKILL" }).first().waitFor();
  await view.below("Parked", "Weed the beds");
  assert.equal(await view.badge(), "");
  await keyboard.press("F2");
  await window.type("What do you want to call it?", "Weeds");
  await view.below("Parked", "Weeds");
  await shoot("looked-at");

  // The worktree of a file, and its menu.
  assert.equal((await view.here.innerText()).trim(), "Local");
  await window.byKeys("Hedgerow: Show What Can Be Done in This Worktree");
  await window.asked("trunk");
  await shoot("worktree-menu");
  await window.pick("Open Terminal");
  await view.typeInTerminal("", `pwd > ${join(place.root, "where")}`);
  await until(() => existsSync(join(place.root, "where")), "the shell to answer");
  assert.equal(readFileSync(join(place.root, "where"), "utf8").trim(), repository);

  // A window of its own for the worktree.
  const opened = window.page.context().waitForEvent("page");
  await view.menu("Weeds", "Open in New Window");
  assert.match(decodeURIComponent((await opened).url()), /garden\.worktrees\/weed-the-beds-ask/);

  await view.menu("Weeds", "Archive Session");
  await window.message("Archived").waitFor();
  await view.row("Weeds").waitFor({ state: "detached" });
  await window.dismissMessages();
  await window.byKeys("Hedgerow: Bring Back Archived Session");
  await window.asked("Which session?");
  await window.pick("Weeds");
  await view.row("Weeds").waitFor();
});

inTodaysEditor("sessions of two repositories by what they need, in the dark", NEEDS, async (parts) => {
  const { code, place, shoot } = parts;
  place.link("hedgerow", /** @type {string} */ (SERVER));
  scripted(place, ["scripted"]);
  const [garden, orchard] = [place.repository("garden"), place.repository("orchard")];
  const start = (/** @type {string} */ where, /** @type {string} */ label, /** @type {string} */ prompt) => {
    const name = label.toLowerCase().replaceAll(" ", "-");
    place.hedgerow(where, "start", "scripted", prompt, "--label", label, "--name", name);
  };
  const gate = join(place.root, "go");
  start(garden, "Fix the login test", "write login.txt yes; ask Bash");
  start(orchard, "Write release notes", "write notes.md yes; say The notes are in notes.md.");
  start(garden, "Speed up the search", `write search.py yes; hold ${gate}`);
  start(garden, "Port the old parser", "fail");
  const workspace = join(place.root, "both.code-workspace");
  place.write(workspace, JSON.stringify({ folders: [garden, orchard].map((path) => ({ path })) }));
  const settings = { ...READABLE, "workbench.colorTheme": "Default Dark Modern" };
  const window = await code.open(workspace, { settings });
  const view = new SessionsView(window);
  await window.openView();
  const question = await view.below("Needs you", "wants to use Bash");
  assert.equal(question, "wants to use Bash");
  await view.below("Done", "The notes are in notes.md.");
  await view.below("Failed", "overloaded");
  await view.below("Working", "Speed up the search");
  assert.deepEqual(Object.keys(await view.shown()), [
    "Needs you1",
    "Done1",
    "Working1",
    "Failed1",
    "garden",
    "orchard",
  ]);
  assert.match(await view.below("Done", "Write release notes"), /orchard/);
  assert.equal(await view.badge(), "3");
  await shoot("dark");

  // Its worktree becomes a folder of the workspace; the status bar names the worktree of the file in front.
  await view.menu("Speed up the search", "Add to Workspace");
  await window.command("File: Focus on Files Explorer");
  const explorer = window.page.locator(".explorer-folders-view .monaco-list-row");
  await explorer.filter({ hasText: "speed-up-the-search" }).waitFor();
  await window.page.keyboard.press("F1");
  await window.quickInput.locator("input[type=text]").fill("search.py");
  await window.pick("search.py");
  await view.here.filter({ hasText: "speed-up-the-search" }).waitFor();
  await view.here.click();
  await window.asked("speed-up-the-search");
  await shoot("here");
  await window.pick("Speed up the search");
  await window.page.locator(".tab", { hasText: "session" }).waitFor();

  place.write(gate, "");
  await window.openView();
  await view.below("Done", "Speed up the search");
  await view.need.click();
  await window.dialog.filter({ hasText: "Fix the login test wants to use Bash" }).waitFor();
});
