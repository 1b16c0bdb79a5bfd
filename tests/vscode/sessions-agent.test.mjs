// The real Claude Code, against a scripted model: what it asks is answered in the row, in the message, in a question that
// shows it whole, by a choice and in words, and never in its terminal.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { real, script, text } from "./support/agents.mjs";
import { inTodaysEditor } from "./support/editors.mjs";
import { AGENTS, SERVER } from "./support/parts.mjs";
import { SessionsView } from "./support/sessionsView.mjs";
import { until } from "./support/until.mjs";

const NEEDS = {
  "the server (.venv/bin/hedgerow)": SERVER,
  "the agents": AGENTS,
};
const LABEL = "Plant an apple tree";
/** What has stood in its row for so long may be approved there; what has just come is shown first. */
const READ_MS = 700;

inTodaysEditor("a real agent's questions are answered without its terminal", NEEDS, async (parts) => {
  const { code, place, shoot } = parts;
  place.link("hedgerow", /** @type {string} */ (SERVER));
  const repository = place.repository();
  await real(code, place, repository);
  const window = await code.open(repository);
  const view = new SessionsView(window);
  await window.openView();
  await window.row("Local").filter({ hasText: "trunk" }).waitFor();

  // In the row: what is asked is there whole.
  const first = script({ sh: "touch apple.txt" }, { say: "The apple is planted." });
  const started = ["--label", LABEL, "--name", "apple-tree"];
  place.hedgerow(repository, "start", "claude", first, ...started);
  await view.below("Needs you", "wants to run: touch apple.txt");
  const shown = Date.now();
  const worktree = join(place.root, "code/garden.worktrees/apple-tree");
  assert.ok(!existsSync(join(worktree, "apple.txt")));
  await window.message("waits for you: wants to run: touch apple.txt").waitFor();
  assert.deepEqual(await view.buttons("wants to run"), ["Approve", "Deny"]);
  await shoot("approval");
  await until(() => Date.now() - shown > READ_MS, "it to count as read");
  await view.press("wants to run", "Approve");
  await until(() => existsSync(join(worktree, "apple.txt")), "what was approved");
  await view.below("Done", "The apple is planted.");
  await window.dismissMessages();

  // What a row cannot show whole is shown first, also when Approve is pressed there.
  const lines = Array.from({ length: 5 }, (_, at) => `plum ${at}`).join("\n");
  await view.press(LABEL, "Send Prompt");
  await window.type(
    `Prompt for ${LABEL}`,
    script({ write: join(worktree, "plum.txt"), text: lines }, { say: "No plums then." }),
  );
  await view.below("Needs you", "plum.txt");
  await view.press("plum.txt", "Approve");
  await window.dialog.filter({ hasText: "plum 4" }).waitFor();
  await shoot("approval-whole");
  await window.press(window.dialog, "Deny and Say Why…");
  await window.type("Why not?", "we have plums");
  await view.below("Done", "No plums then.");
  assert.ok(!existsSync(join(worktree, "plum.txt")));
  await window.dismissMessages();

  // A question with options: from the list, from the message, and in words.
  const options = ["Plum", "Pear"].map((label) => ({
    label,
    description: `that is ${label}`,
  }));
  const question = {
    question: "Which fruit?",
    header: "Fruit",
    options,
    multiSelect: false,
  };
  const asks = script({ tool: "AskUserQuestion", input: { questions: [question] } }, { say: "So be it." });
  const answers = () =>
    readdirSync(join(place.home, ".claude/projects"), {
      recursive: true,
      encoding: "utf8",
    })
      .filter((file) => file.endsWith(".jsonl"))
      .map((file) => text(join(place.home, ".claude/projects", file)))
      .join("");
  const ask = async () => {
    await view.press(LABEL, "Send Prompt");
    await window.type(`Prompt for ${LABEL}`, asks);
    await view.below("Needs you", "Which fruit?");
  };
  await ask();
  await view.press(LABEL, "Answer");
  await window.asked("Which fruit?");
  await shoot("options");
  await window.pick("Pear");
  await view.below("Done", "So be it.");
  await until(() => answers().includes(String.raw`\"Which fruit?\"=\"Pear\"`), "the pear");
  await window.dismissMessages();

  await ask();
  await window.message("Which fruit?").waitFor();
  await shoot("message-options");
  await window.press(window.message("Which fruit?"), "Plum");
  await view.below("Done", "So be it.");
  await until(() => answers().includes(String.raw`\"Which fruit?\"=\"Plum\"`), "the plum");
  await window.dismissMessages();

  await ask();
  await view.need.click();
  await window.asked("Which fruit?");
  await window.pick("Something else…");
  await window.type("Which fruit?", "a quince");
  await view.below("Done", "So be it.");
  await until(() => answers().includes("a quince"), "the quince");

  await view.menu(LABEL, "Stop Session");
  await view.below("Parked", LABEL);
  await window.message("Stopped").waitFor();
  await view.press(LABEL, "Resume Session");
  await window.type("A prompt to go on with", "");
  await view.below("Idle", LABEL);
});

inTodaysEditor("a session goes along with its work, and is forked", NEEDS, async ({ code, place, shoot }) => {
  place.link("hedgerow", /** @type {string} */ (SERVER));
  const repository = place.repository();
  await real(code, place, repository);
  const window = await code.open(repository);
  const view = new SessionsView(window);
  await window.openView();
  await window.row("Local").waitFor();
  const worktree = join(place.root, "code/garden.worktrees/plum-tree");
  const plant = script(
    { sh: `echo plum > ${join(worktree, "plum.txt")}`, escalate: true },
    { say: "It is planted." },
  );
  place.hedgerow(repository, "start", "codex", plant, "--label", "Plant a plum", "--name", "plum-tree");
  await view.below("Needs you", "wants to run");
  await view.press("wants to run", "Approve");
  await window.press(window.dialog.filter({ hasText: "plum.txt" }), "Approve");
  await view.below("Done", "It is planted.");
  await until(() => existsSync(join(worktree, "plum.txt")), "what was approved");
  await window.dismissMessages();

  // Into Local and home again, the conversation with it.
  await view.row("Plant a plum").click();
  await view.below("Idle", "Plant a plum");
  await view.menu("Plant a plum", "Hand Off");
  await window.agreeIfAsked(async () => existsSync(join(repository, "plum.txt")));
  await view.row("Plant a plum").filter({ hasText: "Local" }).waitFor();
  assert.ok(!existsSync(join(worktree, "plum.txt")));
  await shoot("handed-off");
  await window.message("Undo").first().waitFor();
  await view.below("Done", "Plant a plum"); // it was told where it is, and a row that moves takes its menu away
  await window.dismissMessages();
  await view.row("Plant a plum").click();
  await view.below("Idle", "Plant a plum");
  await view.menu("Plant a plum", "Hand Off");
  await window.agreeIfAsked(async () => existsSync(join(worktree, "plum.txt")));
  await view.row("Plant a plum").filter({ hasText: "plum-tree" }).waitFor();
  await view.below("Done", "Plant a plum");
  await window.dismissMessages();
  await view.row("Plant a plum").click();
  await view.below("Idle", "Plant a plum");

  // A copy of the conversation in a worktree of its own, below the one that it was made from.
  await view.menu("Plant a plum", "Fork Session");
  await window.type("What is the copy to do?", script({ say: "A copy says this." }));
  await view.below("Done", "A copy says this.");
  await shoot("forked");
});
