"""`sendComments`: one prompt of a checkout's drafts, given to the session at work there if that is asked for."""

from __future__ import annotations

from hedgerow.protocol.caller import Caller
from hedgerow.protocol.comments import SendCommentsParams, SendCommentsResult
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.review.comments.commands import send_comments as compose

from .at_work import running
from .desk import Desk
from .moving import known_sessions
from .steering import deliver


async def send_comments(desk: Desk, params: SendCommentsParams, caller: Caller) -> SendCommentsResult:
    """The command `sendComments`."""
    if not params.deliver and params.session is None:
        return await compose(desk.tools, params, caller)
    prompt = await compose(desk.tools, params.model_copy(update={"delivered": False}), caller)
    if not prompt.prompt:
        return prompt
    known = await known_sessions(desk, caller)
    if params.session is not None:
        to = await desk.find(params.session, caller)
    else:
        there = [one for one in known if one.row.checkout == prompt.checkout and running(one.row)]
        if len(there) != 1:
            what = "several sessions run" if there else "no session runs"
            raise HedgerowError(ErrorCode.AMBIGUOUS, f"{what} in this checkout; say which with `session`")
        to = there[0]
    await deliver(desk, to, prompt.prompt)
    named = params.model_copy(update={"delivered": True, "comments": [one.id for one in prompt.comments]})
    sent = await compose(desk.tools, named, caller)
    return sent.model_copy(update={"session": to.row.id, "message": f"Sent to {to.row.label}"})
