"""What is reviewed: the work in a checkout, the commit it is compared with, and what the person has accepted of it.

The reviewed tree is the tree of a commit, `refs/hedgerow/reviewed/<work>`, whose parent is the base it was accepted
against. Where the base has moved since, it is carried over to the new one each time it is asked for; so whatever moves
a base, and takes that back, needs to know nothing of reviews.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.default_branch import read_targets
from hedgerow.git.ancestry import is_ancestor, merge_base
from hedgerow.git.commits import Commit, read_commits
from hedgerow.git.objects import commit_tree, write_empty_tree
from hedgerow.git.refs import read_head, read_refs
from hedgerow.journal.records import Hosting
from hedgerow.journal.snapshots.together import two
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutState
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .carrying import carried_over
from .paths import link_above, path_in, refuse_behind_link
from .trees import files_in

REVIEWED = "refs/hedgerow/reviewed/"


@dataclass(frozen=True)
class Work:
    """The work in one checkout.

    Attributes:
        base: commit; None before the first one.
        base_tree, reviewed_tree: ids of trees, or of commits that stand for theirs.
        ref: where the reviewed tree is kept; ``stored`` what that ref is at, None while nothing was accepted.
        moved: the base is another one than what was accepted was accepted against.
        stays: untracked files that count as ignored in this checkout.
    """

    id: str
    checkout: Checkout
    base: str | None
    base_tree: str
    reviewed_tree: str
    ref: str
    stored: str | None
    moved: bool
    stays: frozenset[bytes]

    @property
    def untouched(self) -> bool:
        """Nothing was accepted, so that the reviewed tree is the base's."""
        return self.base_tree == self.reviewed_tree


async def find_checkout(tools: Tools, text: str, repository: str | None, caller: Caller) -> Checkout:
    """The checkout a person means, where its files may be looked at.

    Raises:
        HedgerowError: there is none, there are several, it is not whole, or its repository is not trusted.
    """
    known = None
    if repository is not None:
        place = (caller.directories[0] if caller.directories else Path.cwd()) / repository
        known = await tools.repositories.open(place, caller)
    found = await tools.discovery.find(text, caller, known)
    refuse_unreadable(found)
    return found


def refuse_unreadable(checkout: Checkout) -> None:
    if not checkout.repository.trusted:
        raise HedgerowError(
            ErrorCode.UNTRUSTED,
            checkout.repository.refusal or f"{checkout.repository.name} is not trusted; it is only listed",
        )
    if checkout.state is not CheckoutState.OK:
        raise HedgerowError(
            ErrorCode.PROTECTED, checkout.problem or f"{checkout.label} is {checkout.state.value}; it cannot be read"
        )


async def work_in(tools: Tools, checkout: Checkout) -> Work:
    """The work that is in a checkout now: handed-off work is Local's, and keeps its base and what was accepted."""
    repository = checkout.repository
    hosting = tools.records.hosting(repository.id)
    identity = _identity(checkout, hosting, checkout.listed.branch)
    ref = f"{REVIEWED}{identity}"
    base = await _base(tools, checkout, hosting)
    cwd = repository.common_dir
    refs, commits = await two(
        read_refs(tools.git, cwd, ref), read_commits(tools.git, [] if base is None else [base], cwd=cwd)
    )
    stored = refs.get(ref)
    accepted = None
    if stored is not None:
        accepted = (await read_commits(tools.git, [stored], cwd=cwd)).get(stored)
    base_tree = _tree(commits, base) or await write_empty_tree(tools.git, cwd=repository.common_dir)
    reviewed, moved = base_tree, False
    if accepted is not None:
        parent = accepted.parents[0] if accepted.parents else None
        moved = parent != base
        reviewed = accepted.tree if not moved else await _carried(tools, checkout, parent, base_tree, accepted.tree)
    stays = frozenset() if hosting is None else hosting.stays(checkout.id)
    return Work(identity, checkout, base, base_tree, reviewed, ref, stored, moved, stays)


async def paths_of(tools: Tools, work: Work, texts: Sequence[str]) -> list[bytes]:
    """Files of a work by the names that cross the wire.

    Raises:
        HedgerowError: BAD_PARAMS. Of a directory that became a link, only the files that were in it before are known.
    """
    paths = list(dict.fromkeys(path_in(work.checkout, text, behind_links=True) for text in texts))
    behind = [path for path in paths if link_above(os.fsencode(work.checkout.path), path) is not None]
    for path in behind:
        repository = work.checkout.repository.git
        before = [await files_in(tools.git, repository, tree, [path]) for tree in (work.base_tree, work.reviewed_tree)]
        if not any(before):
            refuse_behind_link(work.checkout, path)
    return paths


async def reviewed_commit(tools: Tools, work: Work, tree: str) -> str:
    """A commit that holds a reviewed tree of this work, and its base."""
    before = () if work.stored is None else (work.stored,)  # so that no `gc` takes what an undo goes back to
    parents = () if work.base is None else (work.base, *before)
    message = f"reviewed: {work.checkout.label}\n"
    return await commit_tree(tools.git, tree, parents=parents, message=message, cwd=work.checkout.repository.common_dir)


def waits_elsewhere(tools: Tools, checkout: Checkout) -> str | None:
    """Where the work of a checkout is by now, if it was handed off."""
    hosting = tools.records.hosting(checkout.repository.id)
    return "Local" if hosting is not None and hosting.home == checkout.id else None


async def refuse_other_work(tools: Tools, work: Work) -> None:
    """Asked once all was read: by now, another work may be in the checkout than the one it was compared with.

    Raises:
        HedgerowError: STALE_PLAN.
    """
    checkout = work.checkout
    hosting = tools.records.hosting(checkout.repository.id)
    now = _identity(checkout, hosting, (await read_head(tools.git, checkout.path)).ref if checkout.local else None)
    if now != work.id or waits_elsewhere(tools, checkout) is not None:
        raise HedgerowError(ErrorCode.STALE_PLAN, f"the work in {checkout.label} is another by now; look at it again")


def work_id(tools: Tools, checkout: Checkout) -> str:
    """What the work in a checkout is known by, wherever it goes."""
    return _identity(checkout, tools.records.hosting(checkout.repository.id), checkout.listed.branch)


def _identity(checkout: Checkout, hosting: Hosting | None, branch: str | None) -> str:
    """Local goes from one branch to another, so each of them is a work of its own; a worktree is one."""
    if not checkout.local:
        return checkout.id
    if hosting is not None:
        return hosting.home
    return checkout.id if branch is None else f"{checkout.id}-{hashlib.sha256(branch.encode()).hexdigest()[:12]}"


async def _base(tools: Tools, checkout: Checkout, hosting: Hosting | None) -> str | None:
    """The commit to compare with: what is recorded, or the newest commit of the branch it was started from that it
    contains by now (it was rebased, or has merged that branch). Without a record, where it left the default branch."""
    head = checkout.listed.head
    if head is None:
        return None
    recorded, started_from = checkout.base, checkout.started_from
    if checkout.local and hosting is not None:
        record, note = tools.records.worktree(hosting.home), tools.records.checkouts(checkout.repository.id)
        home = note.get(hosting.home)
        recorded = (home.base if home else None) or (record.base if record else None) or hosting.home_head
        started_from = (home.started_from if home else None) or (record.started_from if record else None)
    cwd, git = checkout.repository.common_dir, tools.git
    if recorded is None:
        targets = await read_targets(git, checkout.repository, checkout.listed.branch if checkout.local else None)
        branches = targets.besides(checkout.listed.branch)
        return (await merge_base(git, head, branches[0].oid, cwd=cwd) if branches else None) or head
    if recorded == head or started_from is None:
        return recorded
    names = (f"refs/heads/{started_from}", f"refs/remotes/{started_from}")
    refs = await read_refs(git, cwd, *names)
    onto = next((refs[name] for name in names if name in refs and name != checkout.listed.branch), None)
    if onto is None or onto == recorded:
        return recorded
    shared = await merge_base(git, head, onto, cwd=cwd)
    if shared is None or shared == recorded or not await is_ancestor(git, recorded, shared, cwd=cwd):
        return recorded
    return shared


async def _carried(tools: Tools, checkout: Checkout, parent: str | None, base_tree: str, accepted: str) -> str:
    repository = checkout.repository.git
    old = repository.empty_tree
    if parent is not None:
        commits = await read_commits(tools.git, [parent], cwd=repository.common_dir)
        old = _tree(commits, parent) or old
    return await carried_over(tools.git, repository, old=old, new=base_tree, accepted=accepted)


def _tree(commits: dict[str, Commit], oid: str | None) -> str | None:
    return commits[oid].tree if oid is not None and oid in commits else None
