"""What a client is told when something fails: one sentence and data, never a traceback, never a path of ours."""

from __future__ import annotations

import json
from typing import Any

from lsprotocol.types import ResponseError
from pygls.exceptions import JsonRpcException

from hedgerow.protocol.errors import ErrorCode, HedgerowError

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
REQUEST_FAILED = -32803
REQUEST_CANCELLED = -32800

UNEXPECTED = "Something unexpected went wrong in Hedgerow; its log has the details."


class InvalidParams(JsonRpcException):
    """Params that do not fit.

    Args:
        subject: the method or command that was called.
        problems: field and what is wrong with it.
    """

    CODE = INVALID_PARAMS

    def __init__(self, subject: str, problems: list[tuple[str, str]]) -> None:
        lines = [f"{field}: {problem}" if field else problem for field, problem in problems]
        super().__init__(
            message="\n".join(f"{subject}: {line}" for line in lines),
            data={
                "code": ErrorCode.BAD_PARAMS.value,
                "errors": [{"field": field, "message": problem} for field, problem in problems],
            },
        )


def is_expected(error: BaseException) -> bool:
    """Whether its words were chosen for the person; anything else belongs in the log."""
    return isinstance(error, (HedgerowError, JsonRpcException))


def response_error(error: BaseException) -> ResponseError:
    if isinstance(error, HedgerowError):
        code = INVALID_PARAMS if error.code is ErrorCode.BAD_PARAMS else REQUEST_FAILED
        return ResponseError(code=code, message=error.message, data={**_plain(error.data), "code": error.code.value})
    if isinstance(error, JsonRpcException):
        return ResponseError(code=error.code, message=error.message, data=error.data)
    return ResponseError(code=INTERNAL_ERROR, message=UNEXPECTED, data={"code": ErrorCode.FAILED.value})


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """JSON values only: an error must not fail on its way out."""
    plain: dict[str, Any] = json.loads(json.dumps(data, default=str))
    return plain
