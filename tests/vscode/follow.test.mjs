// Following: what an agent edits is shown in one column of its own, whoever types elsewhere loses nothing, and whoever
// acts there is left alone until they say to go on.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { scripted } from "./support/agents.mjs";
import { inEachEditor, inTodaysEditor } from "./support/editors.mjs";
import { SERVER } from "./support/parts.mjs";
import { SessionsView } from "./support/sessionsView.mjs";
import { until } from "./support/window.mjs";

const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };
const LINES = Array.from({ length: 120 }, (_, number) => `bed ${number + 1}`);

inEachEditor("each edit is shown beside, and the person stays", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  const repository = place.repository();
  place.write(join(repository, "plan.txt"), `${LINES.join("\n")}\n`);
  place.git(repository, "add", ".");
  place.git(repository, "commit", "--quiet", "-m", "Plan");
  const options = { cwd: repository, env: place.environment, stdio: /** @type {const} */ ("pipe") };
  execFileSync(/** @type {string} */ (SERVER), ["create", "fix-login"], options);
  const worktree = join(place.root, "code/garden.worktrees/fix-login");
  const edit = (/** @type {string} */ name, /** @type {string} */ text) =>
    place.write(join(worktree, name), text);

  const window = await code.open(repository);
  await window.openView();
  await window.row("fix-login").waitFor();
  await window.openFile("README.md");
  const mine = window.column(1);
  const theirs = window.column(2);
  await window.command("Hedgerow: Follow Session");
  await window.asked("Follow what?");
  await shoot("follow-what");
  await window.pick("fix-login");
  const following = window.status("Following fix-login");
  await following.waitFor();

  // An edit is shown where the person is not, with its lines marked; what is typed meanwhile arrives.
  await mine.line("Garden").click();
  await window.page.keyboard.press("Control+End");
  const typed = "The quick brown fox jumps";
  const typing = window.page.keyboard.type(typed, { delay: 40 });
  const roses = LINES.with(99, "roses\nand tulips");
  edit("plan.txt", `${roses.join("\n")}\n`);
  await theirs.tab("plan.txt").waitFor();
  await theirs.line("and tulips").waitFor();
  await typing;
  await mine.line(typed).waitFor();
  await until(async () => (await theirs.marked()) >= 2, "the two lines are marked");
  await shoot("follow");

  // One tab, however many files; a file that is new, one that has lost lines.
  edit("src/shed.py", "door = 1\n");
  await theirs.line("door = 1").waitFor();
  edit("plan.txt", `${roses.slice(4).join("\n")}\n`);
  await theirs.line("bed 5").waitFor();
  await until(async () => (await theirs.hints()).includes("lines were deleted here"), "where lines went");
  await shoot("follow-deleted");
  assert.deepEqual(await theirs.tabs(), ["plan.txt"]);
  await window.page.keyboard.type("!"); // the focus never left
  await mine.line(`${typed}!`).waitFor();

  // Acting there pauses: a click, the wheel, going there by key. What comes meanwhile waits for the one click.
  await theirs.line("bed 5").click();
  await window.status("Following fix-login: paused").waitFor();
  edit("src/shed.py", "door = 2\n");
  await window.hovered(window.status("Following fix-login: paused"), "src/shed.py was changed");
  assert.deepEqual(await theirs.tabs(), ["plan.txt"]);
  await shoot("follow-paused");
  await window.status("Following fix-login: paused").click();
  await theirs.line("door = 2").waitFor();
  await window.status(/Following fix-login$/).waitFor();

  edit("plan.txt", `${[...roses.slice(4), "last"].join("\n")}\n`);
  await theirs.line("last").waitFor();
  await theirs.settled();
  await theirs.line("last").hover();
  await window.page.mouse.wheel(0, -600);
  await window.status("Following fix-login: paused").waitFor();
  await window.page.keyboard.press("Control+Alt+KeyF");
  await window.status(/Following fix-login$/).waitFor();

  // What the person keeps is theirs: it stays when following ends, and ours goes.
  await theirs.tab("plan.txt").dblclick();
  await window.status("Following fix-login: paused").waitFor();
  await mine.line("Garden").click();
  await window.command("Hedgerow: Resume Following");
  edit("src/beds.py", "beds = 9\n");
  await theirs.line("beds = 9").waitFor();
  assert.deepEqual(await theirs.tabs(), ["plan.txt", "beds.py"]);
  await window.command("Hedgerow: Stop Following");
  await following.waitFor({ state: "detached" });
  await until(async () => (await theirs.tabs()).join() === "plan.txt", "our tab is closed, theirs is not");
  assert.deepEqual(await mine.tabs(), ["README.md"]);
  const saved = () => readFileSync(join(repository, "README.md"), "utf8"); // by the editor, as it is set to
  await until(() => saved() === `# Garden\n${typed}!`, "every key arrived where it was typed");
});

inTodaysEditor("whoever resumes from its column gives it back", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  const repository = place.repository();
  const options = { cwd: repository, env: place.environment, stdio: /** @type {const} */ ("pipe") };
  execFileSync(/** @type {string} */ (SERVER), ["create", "fix-login"], options);
  const worktree = join(place.root, "code/garden.worktrees/fix-login");
  const edit = (/** @type {string} */ name, /** @type {string} */ text) =>
    place.write(join(worktree, name), text);

  const settings = { "files.autoSave": "off", "workbench.colorTheme": "Default High Contrast" };
  const window = await code.open(repository, { settings });
  const { page } = window;
  await window.openView();
  await window.row("fix-login").waitFor();
  await window.openFile("README.md");
  const mine = window.column(1);
  const theirs = window.column(2);
  const paused = window.status("Following fix-login: paused");
  const on = window.status(/Following fix-login$/);
  const columns = () => page.locator(".editor-group-container").count();
  await window.command("Hedgerow: Follow Session");
  await window.pick("fix-login");
  await on.waitFor();

  // In the tab that is ours: the next edit takes it over, whichever file it is in.
  edit("src/shed.py", "door = 1\n");
  await theirs.line("door = 1").waitFor();
  assert.equal(await theirs.markColour(), "rgb(27, 77, 27)", "marks are seen in high contrast, too");
  await theirs.line("door = 1").click();
  await paused.waitFor();
  await page.keyboard.press("Control+Alt+KeyF");
  await on.waitFor();
  edit("src/beds.py", "beds = 8\n");
  await theirs.line("beds = 8").waitFor();
  assert.deepEqual(await theirs.tabs(), ["beds.py"]);
  assert.equal(await columns(), 2);

  // In a tab that was kept there: the edit comes beside it, in the same column.
  await theirs.tab("beds.py").dblclick();
  await paused.waitFor();
  await theirs.line("beds = 8").click();
  await page.keyboard.press("Control+Alt+KeyF");
  await on.waitFor();
  edit("src/shed.py", "door = 2\n");
  await theirs.line("door = 2").waitFor();
  await shoot("follow-given-back");
  assert.deepEqual(await theirs.tabs(), ["beds.py", "shed.py"]);
  assert.equal(await columns(), 2);

  // Who goes on working there has not given it back: what they type in stays in sight.
  await theirs.tab("beds.py").click();
  await paused.waitFor();
  await page.keyboard.press("Control+Alt+KeyF");
  await on.waitFor();
  await theirs.line("beds = 8").click();
  await page.keyboard.press("Home");
  await paused.waitFor();
  edit("src/shed.py", "door = 3\n");
  await window.hovered(paused, "src/shed.py was changed");
  await theirs.line("beds = 8").waitFor();
  await page.keyboard.press("Control+Alt+KeyF");
  await theirs.line("door = 3").waitFor();
  assert.deepEqual(await theirs.tabs(), ["beds.py", "shed.py"]);
  assert.deepEqual(await mine.tabs(), ["README.md"]);
  assert.equal(await columns(), 2);
});

inTodaysEditor(
  "a session is followed from its row, also by a server that began anew",
  NEEDS,
  async (parts) => {
    const { code, place, shoot } = parts;
    // The program that the editor starts writes down its process id, so that the test ends no other.
    const pids = join(place.root, "pids");
    place.script("hedgerow", `#!/bin/sh\necho $$ >>${pids}\nexec ${SERVER} "$@"\n`);
    scripted(place, ["scripted"]);
    const repository = place.repository();
    const gates = ["one", "two", "three"].map((name) => join(place.root, name));
    const steps = gates.map((gate, number) => `hold ${gate}; write bed${number}.txt planted-${number}`);
    const prompt = `Plant the beans; ${steps.join("; ")}; ask Bash`;
    const options = { cwd: repository, env: place.environment, stdio: /** @type {const} */ ("pipe") };
    execFileSync(/** @type {string} */ (SERVER), ["start", "scripted", prompt, "--label", "Beans"], options);

    const window = await code.open(repository);
    const view = new SessionsView(window);
    await window.openView();
    await view.below("Working", "Beans");
    await view.menu("Beans", "Follow Session");
    await window.status("Following Beans").waitFor();
    const [one, two, three] = gates.map((gate) => () => place.write(gate, ""));
    one?.();
    // Nothing was open: it takes the place that is free.
    await window.column(1).line("planted-0").waitFor();
    await shoot("follow-session");

    process.kill(Number(readFileSync(pids, "utf8").trim().split("\n").at(-1)), "SIGKILL");
    await until(() => code.extensionLog().includes("following Beans again"), "the next server was told");
    two?.();
    await window.column(1).line("planted-1").waitFor();
    assert.deepEqual(await window.column(1).tabs(), ["bed1.txt"]);

    // A file that the person opens meanwhile is where they are; following goes to a column beside it.
    await window.openFile("README.md");
    three?.();
    await window.column(2).line("planted-2").waitFor();
    await window.column(1).line("Garden").waitFor();
    assert.deepEqual(await window.column(2).tabs(), ["bed2.txt"]);
    assert.equal(await window.status("paused").count(), 0);
    await shoot("follow-beside");
  },
);
