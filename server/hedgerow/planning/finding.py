"""The checkout a person means, in a repository that may be changed."""

from __future__ import annotations

from hedgerow.checkouts.checkout import Checkout
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.worktrees import Params

from .tools import Tools


async def prepared_checkout(tools: Tools, text: str, params: Params, caller: Caller) -> Checkout:
    """Raises:
    HedgerowError: there is none, there are several, or its repository refuses changes.
    """
    given = None if params.repository is None else await tools.repository_to_change(params.repository, caller)
    found = await tools.discovery.find(text, caller, given)
    prepared = await tools.prepared(found.repository, caller)
    if prepared.id != found.repository.id:  # its id was just made, and with it Local's
        found = await tools.discovery.find(str(found.path), caller, prepared)
    return found
