"""P7: no program that a repository names runs before the person trusts it, and then only clean and smudge filters.

A canary sits in every place where git, or Hedgerow, could be told to run something. Each is first shown to be alive.
"""

# ruff: noqa: N802 - named by the properties

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground
from tests.support.repositories import Playground, Program

from hedgerow.protocol.errors import HedgerowError

HOOKS = (
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg",
    "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-receive", "update",
    "proc-receive", "post-receive", "post-update", "reference-transaction", "push-to-checkout", "pre-auto-gc",
    "post-rewrite", "sendemail-validate", "fsmonitor-watchman", "post-index-change",
)  # fmt: skip


_FILTER_PROCESS = "printf '0016git-filter-server\\n000eversion=2\\n00000000'; cat >/dev/null"
"""A filter process that greets git in its protocol, and then says that it can do nothing."""


class Aviary:
    """A repository full of canaries, and the book of those that sang."""

    def __init__(self, ground: Ground, repository: Path) -> None:
        self.ground = ground
        self.playground: Playground = ground.playground
        self.repository = repository
        self.directory = ground.home.root / "canaries"
        self.book = self.directory / "book"
        self.directory.mkdir()

    def canary(self, name: str, then: str = "exit 0") -> str:
        path = self.directory / name.replace(" ", "-")
        self.playground.write(
            self.directory, {path.name: Program(f"#!/bin/sh\necho '{name}' >> '{self.book}'\n{then}\n")}
        )
        return str(path)

    def sang(self) -> set[str]:
        return set(self.book.read_text().splitlines()) if self.book.exists() else set()

    def silence(self) -> None:
        self.book.unlink(missing_ok=True)

    def git(self, *args: str, cwd: Path | None = None, env: dict[str, str] | None = None, answer: bytes = b"") -> None:
        """Plain git as the person runs it; it may well fail after a canary has sung."""
        subprocess.run(
            ["git", *args], cwd=cwd or self.repository, env=self.ground.home.environment(env), input=answer,
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip


def _populate(aviary: Aviary) -> None:
    playground, repository = aviary.playground, aviary.repository
    playground.commit(
        repository, "attributes",
        {
            ".gitattributes": "*.clean filter=canary\n*.process filter=process\n*.txt diff=canary merge=canary\n",
            "x.clean": "x\n", "x.process": "x\n",
            ".hedgerow/setup.sh": Program(f"#!/bin/sh\n{aviary.canary('setup')}\n"),
            ".codex/setup.sh": Program(f"#!/bin/sh\n{aviary.canary('setup')}\n"),
        },
    )  # fmt: skip
    for hook in HOOKS:
        canary = aviary.canary(f"hook {hook}")
        playground.write(repository, {f".git/hooks/{hook}": Program(f"#!/bin/sh\nexec {canary}\n")})
    for key, value in {
        "core.fsmonitor": aviary.canary("fsmonitor", "printf '/\\0'"),
        "filter.canary.clean": aviary.canary("clean", "cat"),
        "filter.canary.smudge": aviary.canary("smudge", "cat"),
        "filter.process.process": aviary.canary("process", _FILTER_PROCESS),
        "diff.canary.textconv": aviary.canary("textconv", 'cat "$1"'),
        "diff.external": aviary.canary("external diff"),
        "merge.canary.driver": aviary.canary("merge driver", "exit 1"),
        "core.sshCommand": aviary.canary("ssh", "exit 1"),
        "core.editor": aviary.canary("editor"),
        "sequence.editor": aviary.canary("sequence editor"),
        "core.pager": aviary.canary("pager", "cat"),
        "credential.helper": aviary.canary("credential helper"),
        "core.askPass": aviary.canary("askpass", "echo secret"),
        "gpg.program": aviary.canary("gpg", "exit 1"),
        "core.alternateRefsCommand": aviary.canary("alternate refs"),
        "remote.origin.url": "ssh://canary.invalid/x",
        "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
        "remote.near.uploadpack": aviary.canary("uploadpack", "exit 1"),
        "commit.gpgSign": "true",
        "log.showSignature": "true",
    }.items():
        playground.git("config", key, value, cwd=repository)


def _page(aviary: Aviary) -> None:
    """Git asks for a pager only on a terminal."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.chdir(aviary.repository)
        os.execvpe("git", ["git", "--paginate", "log"], aviary.ground.home.environment({"TERM": "xterm"}))
    while True:
        try:
            if not os.read(descriptor, 4096):
                break
        except OSError:
            break
    os.close(descriptor)
    os.waitpid(pid, 0)


def _alternates(aviary: Aviary) -> None:
    """A push into a repository that borrows objects asks what the lender has."""
    lender = aviary.playground.repository("lender")
    clone = aviary.playground.directory / "borrower"
    aviary.playground.git("clone", "--quiet", "--bare", "--shared", lender, clone, cwd=lender)
    canary = aviary.playground.text("config", "core.alternateRefsCommand", cwd=aviary.repository)
    aviary.playground.git("config", "core.alternateRefsCommand", canary, cwd=clone)
    aviary.playground.git("push", "--quiet", clone, "main:refs/heads/pushed", cwd=lender)


def _lazily(aviary: Aviary) -> None:
    """An object that a partial clone lacks is fetched by whatever reads it."""
    clone = _partial(aviary)
    aviary.git("cat-file", "-p", "HEAD~1:big.txt", cwd=clone)


def _partial(aviary: Aviary) -> Path:
    source = aviary.playground.repository("lazy-source", {"big.txt": "old\n"})
    aviary.playground.commit(source, "new", {"big.txt": "new\n"})
    clone = aviary.playground.partial(source, f"lazy-{len(list(aviary.playground.directory.iterdir()))}")
    shutil.rmtree(source)
    aviary.playground.git("config", "remote.origin.url", "ssh://canary.invalid/x", cwd=clone)
    aviary.playground.git("config", "core.sshCommand", aviary.canary("ssh", "exit 1"), cwd=clone)
    return clone


def _merge(it: Aviary) -> None:
    quiet = ("-c", "commit.gpgSign=false", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false")
    it.git(*quiet, "reset", "--hard")
    it.git(*quiet, "checkout", "-b", "side")
    it.playground.write(it.repository, {"a.txt": "side\n"})
    it.git(*quiet, "commit", "-a", "-m", "side")
    it.git(*quiet, "checkout", "-")
    it.playground.write(it.repository, {"a.txt": "here\n"})
    it.git(*quiet, "commit", "-a", "-m", "here")
    it.git("merge", "side")


_FILL = b"protocol=https\nhost=canary.invalid\n\n"

ALIVE: dict[str, Callable[[Aviary], object]] = {
    "fsmonitor": lambda it: it.git("status"),
    "clean": lambda it: (it.playground.write(it.repository, {"x.clean": "y\n"}), it.git("add", "x.clean")),
    "smudge": lambda it: ((it.repository / "x.clean").unlink(), it.git("checkout", "--", "x.clean")),
    "process": lambda it: (it.playground.write(it.repository, {"x.process": "y\n"}), it.git("add", "x.process")),
    "textconv": lambda it: it.git("-c", "diff.external=", "log", "-p", "--", "a.txt"),
    "external diff": lambda it: (
        it.playground.write(it.repository, {"a.txt": "edited\n"}),
        it.git("diff", "--ext-diff"),
    ),
    "merge driver": _merge,
    "ssh": lambda it: it.git("fetch", "origin"),
    "editor": lambda it: it.git("-c", "commit.gpgSign=false", "commit", "--allow-empty", "--no-verify", env=_asking()),
    "sequence editor": lambda it: it.git("rebase", "-i", "--root", "--no-verify", env=_asking()),
    "pager": _page,
    "credential helper": lambda it: it.git("credential", "fill", answer=_FILL),
    "askpass": lambda it: it.git("-c", "credential.helper=", "credential", "fill", answer=_FILL),
    "gpg": lambda it: it.git("commit", "--allow-empty", "--no-verify", "-m", "signed"),
    "alternate refs": _alternates,
    "uploadpack": lambda it: it.git("-c", f"remote.near.url={it.repository}", "fetch", "near"),
    "setup": lambda it: it.git("-c", "alias.x=!.hedgerow/setup.sh", "x"),
    "hook post-checkout": lambda it: it.git("checkout", "--detach"),
    "hook pre-commit": lambda it: it.git("commit", "--allow-empty", "-m", "x"),
    "hook reference-transaction": lambda it: it.git("update-ref", "refs/heads/y", "HEAD"),
    "hook post-index-change": lambda it: (it.playground.write(it.repository, {"z": ""}), it.git("add", "z")),
    "lazily: ssh": _lazily,
}


def _asking() -> dict[str, str]:
    """The environment of a person whose editor is the configured one."""
    return {"TERM": "xterm"}


@pytest.fixture
def aviary(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Aviary:
    made = Aviary(ground, ground.repository)
    _populate(made)
    for name in ("GIT_EDITOR", "EDITOR", "VISUAL", "PAGER", "GIT_PAGER", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_SSH",
                 "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_PROXY_COMMAND", "GIT_SEQUENCE_EDITOR"):  # fmt: skip
        monkeypatch.setenv(name, made.canary(f"variable {name}"))
    made.silence()
    return made


@pytest.mark.parametrize("name", ALIVE)
def test_the_canaries_are_alive(aviary: Aviary, name: str) -> None:
    ALIVE[name](aviary)
    assert name.removeprefix("lazily: ") in aviary.sang()


def _round(session: Path) -> list[tuple[str, dict[str, Any]]]:
    one = str(session)
    return [
        ("list", {"wait": True, "sizes": True}), ("list", {"all": True, "wait": True}), ("history", {}), ("doctor", {}),
        ("show", {"id": one}), ("keep", {"checkout": one}), ("keep", {"checkout": one, "kept": False}),
        ("diff", {"checkout": one}), ("diff", {"checkout": one, "between": "local"}),
        ("diff", {"checkout": one, "between": "index"}), ("hunks", {"checkout": one, "path": "a.txt"}),
        ("hunks", {"checkout": one, "path": "x.clean"}), ("baseContent", {"checkout": one, "path": "x.clean"}),
        ("accept", {"checkout": one, "paths": ["a.txt"], "lines": ["1"]}), ("accept", {"checkout": one, "all": True}),
        ("undo", {}), ("reject", {"checkout": one, "paths": ["x.clean"]}), ("undo", {}),
        ("rename", {"checkout": one, "label": "label"}), ("setBase", {"checkout": one, "base": "HEAD~1"}),
        ("diff", {"checkout": one, "between": "reviewed"}),
        ("branchHere", {"checkout": one, "branch": "named"}), ("undo", {}), ("repair", {}),
        ("create", {"name": "made", "setup": {"skip": True}}),
        ("create", {"name": "carried", "carry": "copy", "setup": {"skip": True}}),
        ("create", {"name": "moved", "carry": "move", "setup": {"skip": True}}), ("undo", {}),
        ("cleanUp", {"checkouts": [one], "deleteBranch": True}), ("undo", {}), ("cleanUp", {"checkouts": [one]}),
        ("restore", {"snapshot": "label", "name": "restored"}), ("cleanUp", {"landed": True}),
        ("cleanUp", {"retention": True}),
    ]  # fmt: skip


async def _session(aviary: Aviary) -> Path:
    made = await aviary.ground.create("session", setup={"skip": True})
    aviary.playground.write(
        made, {"a.txt": "edited\n", "x.clean": "edited\n", "y.process": "new\n", "untracked.txt": "x", ".env": "x"}
    )
    aviary.playground.write(aviary.repository, {"a.txt": "edited here\n", "x.clean": "edited here\n", "new.clean": "n"})
    aviary.silence()
    return made


async def test_P7_untrusted(aviary: Aviary) -> None:
    ground = aviary.ground
    session = await _session(aviary)
    caller = ground.hedgerow.caller(ground.repository, trusted_folders=())
    listed = 0
    for verb, params in _round(session):
        try:
            await ground.hedgerow.agree(verb, ground.repository, caller=caller, **params)
            listed += verb == "list"
        except HedgerowError as error:
            assert error.code.value in ("untrusted", "noSuchSnapshot", "noSuchOperation"), f"{verb}: {error.message}"
            assert verb != "list"
        assert aviary.sang() == set(), f"{verb} {params}"
    assert listed == 2


async def test_P7_trusted(aviary: Aviary) -> None:
    ground = aviary.ground
    session = await _session(aviary)
    for verb, params in _round(session):
        await ground.agree(verb, **params)
        assert aviary.sang() <= {"clean", "smudge", "process"}, f"{verb} {params}"
    assert "clean" in aviary.sang()


async def test_P7_a_repository_that_is_opened_for_the_first_time(aviary: Aviary) -> None:
    """Before anybody has said anything about it, and from a directory below it."""
    ground = aviary.ground
    for place in (aviary.repository, aviary.repository / "sub", aviary.repository / ".git"):
        caller = ground.hedgerow.caller(place, trusted_folders=())
        for verb in ("list", "doctor", "history"):
            try:
                await ground.hedgerow.call(verb, place, caller=caller)
            except HedgerowError as error:
                assert error.code.value in ("untrusted", "notARepository"), error.message
    assert aviary.sang() == set()


async def test_P7_a_partial_clone(aviary: Aviary) -> None:
    """What git fetches lazily goes through programs that the repository names; only a create may have to."""
    ground = aviary.ground
    clone = _partial(aviary)
    aviary.silence()
    for trusted in ((), None):
        caller = ground.hedgerow.caller(clone, trusted_folders=trusted)
        for verb, params in (
            ("list", {"wait": True}), ("create", {"name": "x", "from": "HEAD~1"}), ("create", {"name": "y"}),
            ("cleanUp", {"landed": True}),
        ):  # fmt: skip
            try:
                await ground.hedgerow.agree(verb, clone, caller=caller, **params)
            except HedgerowError as error:
                assert error.message
            expected = {"ssh"} if trusted is None and verb == "create" else set()
            assert aviary.sang() <= expected, f"{verb} {params}"
            aviary.silence()
