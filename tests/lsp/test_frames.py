"""Bytes become the same messages however they are cut."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedgerow.lsp.wire.frames import BadHeader, Body, Decoder, TooLarge, frame

LARGEST = 5000


def decode(stream: bytes, cuts: list[int]) -> list[object]:
    decoder, found, start = Decoder(LARGEST), [], 0
    for cut in [*sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]:
        found += decoder.feed(stream[start:cut])
        start = cut
    return list(found)


BODIES = st.one_of(st.binary(max_size=200), st.integers(0, 3 * LARGEST).map(lambda size: b"x" * size))


@given(bodies=st.lists(BODIES, max_size=6), cuts=st.lists(st.integers(0, 2**20), max_size=12))
def test_messages_are_the_same_however_the_stream_is_cut(bodies: list[bytes], cuts: list[int]) -> None:
    expected = [Body(body) if len(body) <= LARGEST else TooLarge(len(body), None) for body in bodies]

    assert decode(b"".join(map(frame, bodies)), cuts) == expected


MEMBERS = st.permutations(["jsonrpc", "id", "method", "params"])


@given(
    order=MEMBERS,
    number=st.one_of(st.integers(0, 2**31), st.text("abc-/%", min_size=1, max_size=40)),
    compact=st.booleans(),
    nested=st.sampled_from(
        [{"id": 99}, [{"id": 99}], '","id":99}', 'x\\","id":99}', {"a": {"id": 99, "jsonrpc": "2.0"}}]
    ),
)
def test_the_id_of_a_message_that_is_passed_over_is_found_or_not_but_never_a_nested_one(
    order: list[str], number: int | str, compact: bool, nested: Any
) -> None:
    values = {
        "jsonrpc": "2.0",
        "id": number,
        "method": "workspace/executeCommand",
        "params": [nested, "x" * LARGEST * 2, nested],
    }
    body = json.dumps({name: values[name] for name in order}, separators=(",", ":") if compact else None).encode()

    assert decode(frame(body), [1000, 9000]) == [TooLarge(len(body), number)]


@pytest.mark.parametrize(
    "body", [b"x" * 9000, b'{"params":{"id":5,' + b" " * 9000 + b'"a":1}}', b"[" * 9000, b'{"id":{}}' + b" " * 9000]
)
def test_an_id_that_is_not_there_is_none(body: bytes) -> None:
    assert decode(frame(body), []) == [TooLarge(len(body), None)]


def test_headers_without_end_are_hopeless() -> None:
    found = decode(b"x" * 20_000, [])

    assert isinstance(found[0], BadHeader)
    assert found[0].hopeless


@pytest.mark.parametrize("length", [b"-1", b"five", b"", b"5 5", b"9" * 30])
def test_a_length_that_is_none_is_told(length: bytes) -> None:
    (found,) = decode(b"Content-Length: " + length + b"\r\n\r\n", [])

    assert isinstance(found, BadHeader)
    assert not found.hopeless
