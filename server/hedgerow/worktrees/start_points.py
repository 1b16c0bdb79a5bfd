"""Start points: from what a person typed to one commit, said with its name and age."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from hedgerow.checkouts.default_branch import read_targets
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.configuration import read_configuration
from hedgerow.git.errors import GitError
from hedgerow.git.refs import read_head, read_ref, resolve
from hedgerow.git.runner import Git
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.settings import Settings

_PULL_URL = re.compile(
    r"https?://(?P<host>[^/\s]+)/(?P<path>[^\s?#]+?)/(?:-/)?(?:pull|merge_requests|pulls)/(?P<number>\d+)(?:/.*)?"
)


@dataclass(frozen=True)
class StartPoint:
    """One commit to start from.

    Attributes:
        text: how it is called, for the record and for people.
        pull: number of the pull request it came from: its set-up script is always asked about.
        age: seconds since it was committed.
    """

    oid: str
    text: str
    age: float
    pull: int | None = None

    @property
    def described(self) -> str:
        return f"{self.text} ({self.oid[:9]}, {spoken_age(self.age)})"


async def resolve_start(git: Git, repository: KnownRepository, text: str | None, settings: Settings) -> StartPoint:
    """The commit behind a start point.

    Raises:
        HedgerowError: BAD_START with what is wrong; never another commit than the one named.
    """
    common_dir = repository.git.common_dir
    if text is None:
        return await _default_start(git, repository, settings)
    pull = _pull_number(text)
    if pull is not None:
        return await _pull_request(git, repository, text, pull)
    if not text or text.startswith("-") or any(not char.isprintable() for char in text):
        raise HedgerowError(ErrorCode.BAD_START, f"{text[:60]!r} is no branch, tag or commit")
    if any(mark in text for mark in ("..", "@{", "^", "~", ":")) and await resolve(git, text, cwd=common_dir) is None:
        raise HedgerowError(ErrorCode.BAD_START, f"{text!r} does not name one commit")
    await _refuse_ambiguous(git, common_dir, text)
    oid = await resolve(git, text, cwd=common_dir)
    if oid is None:
        kind = "is no commit" if await resolve(git, text, cwd=common_dir, kind="object") else "does not exist here"
        raise HedgerowError(ErrorCode.BAD_START, f"{text!r} {kind}; name a branch, a tag or a commit")
    return StartPoint(oid, text, await _age(git, common_dir, oid))


def spoken_age(seconds: float) -> str:
    for size, word in ((86400 * 365, "year"), (86400 * 30, "month"), (86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {word}{'s' if count > 1 else ''} old"
    return "just made"


async def _default_start(git: Git, repository: KnownRepository, settings: Settings) -> StartPoint:
    common_dir = repository.git.common_dir
    if settings.start_from == "fresh":
        branch = (await read_targets(git, repository, None)).default
        if branch is None or (repository.remotes and not branch.ref.startswith("refs/remotes/")):
            raise HedgerowError(
                ErrorCode.BAD_START,
                "the remote's default branch is not known here (git remote set-head origin --auto); name a start point",
            )
        return StartPoint(branch.oid, branch.name, await _age(git, common_dir, branch.oid))
    place = repository.local or common_dir
    head = await read_head(git, place)
    if head.oid is None:
        raise HedgerowError(
            ErrorCode.BAD_START, "this repository has no commit yet; make a first commit, then create worktrees"
        )
    text = head.ref.removeprefix("refs/heads/") if head.ref else head.oid[:12]
    return StartPoint(head.oid, text, await _age(git, common_dir, head.oid))


def _pull_number(text: str) -> int | None:
    if re.fullmatch(r"#\d{1,9}", text):
        return int(text[1:])
    match = _PULL_URL.fullmatch(text)
    return int(match["number"]) if match else None


async def _pull_request(git: Git, repository: KnownRepository, text: str, number: int) -> StartPoint:
    common_dir = repository.git.common_dir
    remote = await _remote_for(git, common_dir, text)
    ours = f"refs/hedgerow/pull/{remote}/{number}"
    problem = ""
    for theirs in (f"refs/pull/{number}/head", f"refs/merge-requests/{number}/head"):
        try:
            await git.write(
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--no-recurse-submodules",
                "--no-auto-maintenance",
                "--end-of-options",
                remote,
                f"+{theirs}:{ours}",
                cwd=common_dir,
                network=True,
            )
        except GitError as error:
            problem = error.last_line
            if "couldn't find remote ref" in error.stderr:
                continue
            break
        oid = await read_ref(git, ours, cwd=common_dir)
        if oid is not None:
            return StartPoint(oid, f"#{number}", await _age(git, common_dir, oid), pull=number)
    raise HedgerowError(ErrorCode.BAD_START, f"pull request {number} could not be fetched from {remote}: {problem}")


async def _remote_for(git: Git, common_dir: Path, text: str) -> str:
    pairs = await read_configuration(git, common_dir, r"^remote\..*\.url$")
    urls = {key.removeprefix("remote.").removesuffix(".url"): url for key, url in pairs}
    if not urls:
        raise HedgerowError(ErrorCode.BAD_START, f"{text} names a pull request, but this repository has no remote")
    match = _PULL_URL.fullmatch(text)
    if match:
        wanted = match["path"].removesuffix(".git").casefold()
        for name, url in urls.items():
            plain = url.removesuffix(".git").replace(":", "/").casefold()
            if plain.endswith("/" + wanted):
                return name
        raise HedgerowError(ErrorCode.BAD_START, f"no remote of this repository is {match['host']}/{match['path']}")
    if "origin" in urls:
        return "origin"
    if len(urls) == 1:
        return next(iter(urls))
    raise HedgerowError(
        ErrorCode.BAD_START, f"{text} could be of {', '.join(sorted(urls))}; give the pull request's URL"
    )


async def _refuse_ambiguous(git: Git, common_dir: Path, text: str) -> None:
    """A branch and a tag of one name: git would pick the tag and whisper a warning."""
    hits = [
        ref
        for ref in (f"refs/heads/{text}", f"refs/tags/{text}", f"refs/remotes/{text}")
        if await read_ref(git, ref, cwd=common_dir) is not None
    ]
    if len(hits) > 1:
        raise HedgerowError(
            ErrorCode.BAD_START, f"{text!r} is ambiguous: {' and '.join(hits)}; name one in full", candidates=hits
        )


async def _age(git: Git, common_dir: Path, oid: str) -> float:
    out = await git.read("log", "-1", "--format=%ct", oid, cwd=common_dir)
    return max(0.0, time.time() - int(out.decode().strip() or 0))
