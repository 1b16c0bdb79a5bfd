"""Where a remote is hosted: opening a pull request with the host's own program, or saying where one is opened.

The only module that starts `gh` and `glab`. Addresses are made from the remote's form alone; nothing is looked up.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from hedgerow import processes
from hedgerow.git.environment import environment
from hedgerow.git.errors import readable

_SCP = re.compile(r"(?:[^@/:\s]+@)?(?P<host>[^/:\s]+):(?!//)(?P<path>[^\s]+)")
_URL = re.compile(r"(?:https?|ssh|git)://(?:[^@/\s]+@)?(?P<host>[^/:\s]+)(?P<port>:\d+)?/(?P<path>[^\s]+)")
_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN", "GH_HOST", "GH_CONFIG_DIR", "GITLAB_TOKEN", "GITLAB_HOST", "GLAB_CONFIG_DIR")
_SECONDS = 120


@dataclass(frozen=True)
class Forge:
    """Attributes:
    kind: `github`, `gitlab`, `bitbucket` or `gitea`.
    path: `owner/name`, on GitLab with its groups.
    """

    kind: str
    host: str
    path: str

    def address(self, branch: str, base: str | None) -> str:
        """Where a pull request of that branch is opened by hand."""
        root, head = f"https://{self.host}/{self.path}", quote(branch, safe="/")
        onto = quote(base, safe="/") if base else None
        if self.kind == "gitlab":
            target = f"&merge_request%5Btarget_branch%5D={quote(base, safe='')}" if base else ""
            return f"{root}/-/merge_requests/new?merge_request%5Bsource_branch%5D={quote(branch, safe='')}{target}"
        if self.kind == "bitbucket":
            return f"{root}/pull-requests/new?source={quote(branch, safe='')}"
        if self.kind == "gitea":
            return f"{root}/compare/{onto}...{head}" if onto else f"{root}/compare/{head}"
        return f"{root}/compare/{onto}...{head}?expand=1" if onto else f"{root}/pull/new/{head}"


def forge_of(address: str) -> Forge | None:
    """What an address says of its host; None for a path, or a form that no host has."""
    match = _URL.fullmatch(address) or (None if "://" in address else _SCP.fullmatch(address))
    if match is None or address.startswith(("/", ".", "file:")):
        return None
    host, path = match["host"].lower(), match["path"].strip("/").removesuffix(".git")
    if "/" not in path:
        return None
    kind = "gitea"
    for mark, name in (("github", "github"), ("gitlab", "gitlab"), ("bitbucket", "bitbucket")):
        if mark in host:
            kind = name
    return Forge(kind, host, path)


async def open_request(forge: Forge, cwd: Path, branch: str, base: str | None, title: str, body: str) -> str | None:
    """Open it with the host's program; its address, or None where there is no such program.

    Raises:
        ForgeError: the program refused.
    """
    onto = [] if base is None else ["--base" if forge.kind == "github" else "--target-branch", base]
    if forge.kind == "github":
        argv = ["gh", "pr", "create", "--head", branch, *onto, "--title", title, "--body", body]
    elif forge.kind == "gitlab":
        argv = ["glab", "mr", "create", "--yes", "--source-branch", branch, *onto, "--title", title]
        argv += ["--description", body]
    else:
        return None
    if shutil.which(argv[0]) is None:
        return None
    tokens = {name: os.environ[name] for name in _TOKENS if name in os.environ}
    process = await processes.start(
        argv, cwd=cwd, env=environment(read=False, network=True, extra={**tokens, "GH_PROMPT_DISABLED": "1"})
    )
    try:
        async with asyncio.timeout(_SECONDS):
            out, err = await process.communicate()
    except BaseException:
        await processes.end(process)
        raise
    found = re.findall(r"https://\S+", readable(out))
    if process.returncode != 0 or not found:
        lines = [line for line in readable(err).splitlines() if line.strip()]
        raise ForgeError(f"{argv[0]} did not open a pull request: {lines[-1] if lines else 'it said nothing'}")
    return str(found[-1])


class ForgeError(Exception):
    """The host's program refused; the message is for the person."""
