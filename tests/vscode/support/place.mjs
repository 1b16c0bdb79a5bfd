// A throwaway place on disk for one test: a home, a git configuration and repositories of its own. Nothing of the
// person who runs the tests is read or written.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SERVER } from "./parts.mjs";

export class Place {
  constructor() {
    this.root = mkdtempSync(join(tmpdir(), "hedgerow-vscode-"));
    this.bin = join(this.root, "bin");
    this.home = join(this.root, "home");
    this.tmux = join(this.root, "tmux");
    for (const directory of [this.bin, this.home, this.tmux]) mkdirSync(directory);
    const gitconfig =
      "[user]\n\tname = Tester\n\temail = tester@example.org\n[init]\n\tdefaultBranch = trunk\n";
    writeFileSync(join(this.home, "gitconfig"), gitconfig);
    // An editor asks the login shell for its PATH, and that one begins from the system's.
    writeFileSync(join(this.home, ".profile"), `PATH=${this.bin}:$PATH\n`);
    this.environment = {
      PATH: [this.bin, "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
      HOME: this.home,
      XDG_CONFIG_HOME: join(this.home, "config"),
      XDG_DATA_HOME: join(this.home, "data"),
      XDG_STATE_HOME: join(this.home, "state"),
      XDG_CACHE_HOME: join(this.home, "cache"),
      GIT_CONFIG_GLOBAL: join(this.home, "gitconfig"),
      GIT_CONFIG_NOSYSTEM: "1",
      LANG: "C.UTF-8",
      SHELL: "/bin/sh",
      TMUX_TMPDIR: this.tmux, // never the tmux of the person who runs the tests
    };
  }

  /** Puts a program on the PATH of this place. */
  link(/** @type {string} */ name, /** @type {string} */ target) {
    symlinkSync(target, join(this.bin, name));
  }

  script(/** @type {string} */ name, /** @type {string} */ text) {
    writeFileSync(join(this.bin, name), text, { mode: 0o755 });
    return join(this.bin, name);
  }

  write(/** @type {string} */ path, /** @type {string} */ text) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  git(/** @type {string} */ directory, /** @type {string[]} */ ...args) {
    const options = { cwd: directory, env: this.environment, encoding: /** @type {const} */ ("utf8") };
    return execFileSync("git", args, options).trimEnd();
  }

  /** Runs Hedgerow on the shell, as a person beside the editor. */
  hedgerow(/** @type {string} */ directory, /** @type {string[]} */ ...args) {
    /** @type {import("node:child_process").ExecFileSyncOptionsWithStringEncoding} */
    const options = { cwd: directory, env: this.environment, encoding: "utf8", stdio: "pipe" };
    return execFileSync(/** @type {string} */ (SERVER), args, options);
  }

  /** A repository with two commits and, in its working tree, one changed and one untracked file. */
  repository(name = "garden") {
    const directory = join(this.root, "code", name);
    mkdirSync(directory, { recursive: true });
    this.git(directory, "init", "--quiet");
    this.write(join(directory, "README.md"), "# Garden\n");
    this.write(join(directory, "src/beds.py"), "beds = 3\n");
    this.write(join(directory, ".gitignore"), ".env\nnode_modules/\n");
    this.git(directory, "add", ".");
    this.git(directory, "commit", "--quiet", "-m", "Lay out the garden");
    this.write(join(directory, "src/beds.py"), "beds = 4\n");
    this.git(directory, "commit", "--quiet", "-a", "-m", "Dig a fourth bed");
    return directory;
  }

  /** Ends what runs in terminals of this place: it would outlive the test. */
  endTerminals() {
    for (const folder of readdirSync(this.tmux)) {
      for (const socket of readdirSync(join(this.tmux, folder)))
        spawnSync("tmux", ["-S", join(this.tmux, folder, socket), "kill-server"]);
    }
  }

  remove() {
    this.endTerminals();
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
