// Workspace trust: in a folder that the person does not trust Hedgerow lists and changes nothing; trusting it is enough.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { inEachEditor } from "./support/editors.mjs";
import { SERVER } from "./support/parts.mjs";

const NEEDS = { "the server (.venv/bin/hedgerow)": SERVER };

inEachEditor(
  "without trust it only lists, and trust changes that at once",
  NEEDS,
  async ({ code, place, shoot }) => {
    place.link("hedgerow", /** @type {string} */ (SERVER));
    const repository = place.repository();
    const worktree = join(place.root, "code/garden.worktrees/fix-login");
    const settings = { "security.workspace.trust.startupPrompt": "never" }; // 1.100 would ask, 1.139 does not
    const window = await code.open(repository, { trust: true, settings });
    await window.openView();
    await window.row("garden").filter({ hasText: "not trusted: only listed" }).waitFor();
    await window.row("Local").filter({ hasText: "trunk" }).waitFor();
    const offered = await window.offered("Hedgerow: ", "Hedgerow: List Worktrees");
    assert.ok(!offered.includes("Hedgerow: Create Worktree"), "nothing that changes anything is offered");
    assert.ok(!offered.includes("Hedgerow: Clean Up"), "nothing that changes anything is offered");
    await shoot("untrusted");

    await window.pressInRow(window.row("not trusted"), "Manage Workspace Trust");
    await window.press(window.page.locator(".workspace-trust-editor"), "Trust");
    await window.row("not trusted").waitFor({ state: "detached" });
    await window.row("Local").filter({ hasText: "trunk" }).waitFor();
    await window.create("fix-login");
    await window.row("fix-login").waitFor();
    assert.ok(existsSync(worktree));
  },
);
