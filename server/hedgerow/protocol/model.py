"""The base of every model that crosses the wire."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

PROTOCOL_VERSION = 1
"""Sent both ways in ``experimental.hedgerow.protocolVersion``; raised when a field changes its meaning."""


class Model(BaseModel):
    """A frozen value: snake_case in Python, camelCase on the wire, unknown fields refused."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        extra="forbid",
        frozen=True,
        # Validators are built at first use, and the sentences below fields are read by whoever documents them:
        # both done here would cost each start of the server or the shell command some 35 ms.
        defer_build=True,
    )
