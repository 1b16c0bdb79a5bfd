"""Addresses of base documents: `hedgerow-base:/<checkout>/<side>/<path>`, percent-encoded. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, quote_from_bytes, unquote, unquote_to_bytes

SCHEME = "hedgerow-base"
_ADDRESS = re.compile(rf"{SCHEME}:(?://[^/]*)?/([^/]+)/(base|reviewed)/(.+)")


def address(checkout: str, side: str, path: bytes) -> str:
    return f"{SCHEME}:/{quote(checkout, safe='')}/{side}/{quote_from_bytes(path)}"


def parts(uri: str) -> tuple[str, str, bytes] | None:
    """Id of the checkout, side and path; None for what is no such address."""
    match = _ADDRESS.fullmatch(uri)
    return None if match is None else (unquote(match[1]), match[2], unquote_to_bytes(match[3]))
