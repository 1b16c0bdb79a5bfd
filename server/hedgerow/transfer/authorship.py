"""Commits in a person's name: their identity, their signature. Never ours: what we make for ourselves is elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hedgerow.git.configuration import read_configuration, truth
from hedgerow.git.errors import GitError
from hedgerow.git.runner import Git
from hedgerow.protocol.errors import ErrorCode, HedgerowError


async def identity(git: Git, cwd: Path) -> dict[str, str]:
    """Environment that makes git write commits as the person.

    Raises:
        HedgerowError: UNSUPPORTED when git does not know who they are.
    """
    pairs = dict(await read_configuration(git, cwd, r"^(user|author|committer)\.(name|email)$"))
    found: dict[str, str] = {}
    for role in ("author", "committer"):
        for field in ("name", "email"):
            value = pairs.get(f"{role}.{field}") or pairs.get(f"user.{field}")
            if not value:
                raise HedgerowError(
                    ErrorCode.UNSUPPORTED,
                    f"git does not know your {field}; set it first: git config --global user.{field} …",
                )
            found[f"GIT_{role.upper()}_{field.upper()}"] = value
    return found


async def commit_as_person(
    git: Git, cwd: Path, tree: str, parents: Sequence[str], message: bytes, person: Mapping[str, str]
) -> str:
    """Write a commit object, signed where the person signs; nothing refers to it yet.

    Raises:
        HedgerowError: GIT_FAILED when signing fails.
    """
    signs = dict(await read_configuration(git, cwd, r"^commit\.gpgsign$")).get("commit.gpgsign")
    options = ["-S"] if signs is not None and truth(signs) else []
    options += [word for parent in parents for word in ("-p", parent)]
    try:
        # `network` for the agent that holds the key: its socket is not passed on otherwise.
        out = await git.write("commit-tree", *options, tree, cwd=cwd, input=message, env=person, network=True)
    except GitError as error:
        raise HedgerowError(
            ErrorCode.GIT_FAILED, f"the commit could not be made, and nothing was changed: {error.last_line}",
            git=error.stderr,
        ) from error  # fmt: skip
    return out.decode().strip()


async def author_of(git: Git, cwd: Path, commit: str) -> dict[str, str]:
    """Environment that gives another commit the author of this one."""
    out = await git.read("log", "-1", "--format=%an%x00%ae%x00%ad", "--date=raw", commit, cwd=cwd)
    name, email, date = out.decode("utf-8", "surrogateescape").rstrip("\n").split("\0")
    return {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": f"@{date}"}


async def message_of(git: Git, cwd: Path, commit: str) -> bytes:
    return await git.read("log", "-1", "--format=%B", commit, cwd=cwd)
