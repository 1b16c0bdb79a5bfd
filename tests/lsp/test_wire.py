"""Every request is answered, whatever it is: one test for each way in which stock pygls goes silent or wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.framed import Client, RefusedError

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, NOT_INITIALIZED = -32700, -32600, -32601, -32602, -32002
MIB = 1024 * 1024


async def refused(client: Client, method: str, params: Any) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await client.request(method, params)
    return caught.value


async def is_well(client: Client) -> None:
    """The server still answers."""
    assert (await refused(client, "no/such", {})).code == METHOD_NOT_FOUND


async def test_params_that_do_not_fit_are_answered_with_a_line_for_each_field(client: Client) -> None:
    await client.initialize()

    error = await refused(
        client, "textDocument/hover", {"textDocument": {"uri": "file:///a"}, "position": {"line": "x"}}
    )

    assert error.code == INVALID_PARAMS
    assert len(error.message.splitlines()) == 2
    assert {problem["field"] for problem in error.data["errors"]} == {"position.line", "position.character"}


async def test_fields_of_a_command_are_checked_by_their_wire_names(client: Client) -> None:
    await client.initialize()

    with pytest.raises(RefusedError) as caught:
        await client.command("create", dryRun="perhaps", carry="all", colour="red")

    assert caught.value.code == INVALID_PARAMS
    assert [problem["field"] for problem in caught.value.data["errors"]] == ["dryRun", "carry", "colour"]
    assert "hedgerow.create: colour: there is no such field" in caught.value.message.splitlines()


@pytest.mark.parametrize("method", ["textDocument/hover", "workspace/executeCommand"])
async def test_missing_params_are_answered(client: Client, method: str) -> None:
    await client.initialize()

    await client.send({"jsonrpc": "2.0", "id": "bare", "method": method})

    with pytest.raises(RefusedError) as caught:
        await client.answer("bare")
    assert caught.value.code == INVALID_PARAMS


async def test_a_request_of_no_known_method_and_without_params_is_answered(client: Client) -> None:
    await client.initialize()

    await client.send({"jsonrpc": "2.0", "id": "bare", "method": "hedgerow/noSuchThing"})

    with pytest.raises(RefusedError) as caught:
        await client.answer("bare")
    assert caught.value.code == METHOD_NOT_FOUND


async def test_an_unknown_command_is_refused_by_name(client: Client) -> None:
    await client.initialize()

    error = await refused(client, "workspace/executeCommand", {"command": "hedgerow.plough", "arguments": [{}]})

    assert error.code == INVALID_PARAMS
    assert error.message == "hedgerow.plough: there is no such command"


@pytest.mark.parametrize("arguments", [[{}, {}], ["fix-login"], [["fix-login"]]])
async def test_a_command_takes_one_object(client: Client, arguments: list[Any]) -> None:
    await client.initialize()

    error = await refused(client, "workspace/executeCommand", {"command": "hedgerow.list", "arguments": arguments})

    assert error.code == INVALID_PARAMS
    assert "one object is expected" in error.message


@pytest.mark.parametrize("more", [{}, {"arguments": []}, {"arguments": [{}]}, {"arguments": [None]}])
async def test_a_command_without_arguments_has_an_empty_object(client: Client, more: dict[str, Any]) -> None:
    await client.initialize()

    listed = await client.request("workspace/executeCommand", {"command": "hedgerow.list", **more})

    assert listed["checkouts"] == []


async def test_nested_keys_of_the_protocol_itself_are_only_data(client: Client) -> None:
    await client.initialize()
    nested = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "exit",
        "result": None,
        "type_name": "x",
        "class": {"jsonrpc": "1.0"},
    }

    error = await refused(client, "hedgerow/noSuchThing", {"output": [nested, {"deeper": nested}]})
    assert error.code == METHOD_NOT_FOUND

    with pytest.raises(RefusedError) as caught:
        await client.command("list", jsonrpc=nested)
    assert [problem["field"] for problem in caught.value.data["errors"]] == ["jsonrpc"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ([{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}], INVALID_REQUEST),
        ([], INVALID_REQUEST),
        ("text", INVALID_REQUEST),
        (7, INVALID_REQUEST),
        ({}, INVALID_REQUEST),
        ({"jsonrpc": "2.0"}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": None, "method": "shutdown"}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": {}, "method": "shutdown"}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": True, "method": "shutdown"}, INVALID_REQUEST),
        (b"{not json", PARSE_ERROR),
        (b"", PARSE_ERROR),
        (b'{"jsonrpc":"2.0","id":1,"method":"\xff"}', PARSE_ERROR),
        (b"[" * 200_000, PARSE_ERROR),
    ],
    ids=lambda value: repr(value)[:50],
)
async def test_what_is_no_message_is_answered_without_an_id(client: Client, message: Any, code: int) -> None:
    await client.initialize()

    await client.send(message)

    reply = await client.wait_for(lambda m: "id" in m and m["id"] is None)
    assert reply["error"]["code"] == code
    await is_well(client)


@pytest.mark.parametrize(
    ("message", "identifier"),
    [
        ({"jsonrpc": "1.0", "id": "old", "method": "shutdown"}, "old"),
        ({"jsonrpc": "2.0", "id": "odd", "method": 5}, "odd"),
    ],
)
async def test_a_request_that_is_none_is_answered_under_its_id(client: Client, message: Any, identifier: str) -> None:
    await client.initialize()

    await client.send(message)

    with pytest.raises(RefusedError) as caught:
        await client.answer(identifier)
    assert caught.value.code == INVALID_REQUEST


@pytest.mark.parametrize(
    "header",
    [
        b"content-length: %d\r\n\r\n",
        b"CONTENT-LENGTH:%d\r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
        b"Content-Length: %d\r\nX-Other: 5\r\n\r\n",
    ],
)
async def test_headers_may_be_spelt_as_http_allows(client: Client, header: bytes) -> None:
    await client.initialize()

    await client.send({"jsonrpc": "2.0", "id": "spelt", "method": "no/such"}, header)

    with pytest.raises(RefusedError) as caught:
        await client.answer("spelt")
    assert caught.value.code == METHOD_NOT_FOUND


async def test_headers_without_a_length_are_answered_and_the_next_message_is_read(client: Client) -> None:
    await client.initialize()

    await client.send_bytes(b"Content-Type: text/plain\r\n\r\n")

    reply = await client.wait_for(lambda m: "id" in m and m["id"] is None)
    assert reply["error"]["code"] == PARSE_ERROR
    await is_well(client)


async def test_something_else_than_the_protocol_ends_the_server(client: Client) -> None:
    await client.send_bytes(b"hello " * 10_000)

    assert await client.exit_code() == 1


async def test_messages_may_come_in_pieces_and_together(client: Client) -> None:
    await client.initialize()
    one, two = (
        json.dumps(
            {"jsonrpc": "2.0", "id": name, "method": "no/such", "params": {"text": "zwölf — 木"}}, ensure_ascii=False
        ).encode()
        for name in ("first", "second")
    )
    stream = b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in (one, two))

    for piece in (stream[:5], stream[5:60], stream[60:]):
        await client.send_bytes(piece)

    for name in ("first", "second"):
        with pytest.raises(RefusedError):
            await client.answer(name)


async def test_a_message_of_megabytes_is_read(client: Client) -> None:
    await client.initialize()

    error = await refused(client, "no/such", {"rows": [{"text": "x" * 100, "jsonrpc": n} for n in range(20_000)]})

    assert error.code == METHOD_NOT_FOUND


@pytest.mark.parametrize("where", ["first", "last"])
async def test_a_message_over_64_mib_is_refused_under_its_id_and_not_held(client: Client, where: str) -> None:
    await client.initialize()
    await is_well(client)
    before = peak_memory(client)
    padding = b"x" * MIB
    head, tail = {
        "first": (b'{"jsonrpc":"2.0","id":"huge","method":"no/such","params":"', b'"}'),
        "last": (b'{"method":"no/such","params":"', b'","id":"huge","jsonrpc":"2.0"}'),
    }[where]

    await client.send_bytes(b"Content-Length: %d\r\n\r\n" % (len(head) + 65 * MIB + len(tail)) + head)
    for _ in range(65):
        await client.send_bytes(padding)
    await client.send_bytes(tail)

    with pytest.raises(RefusedError) as caught:
        await client.answer("huge")
    assert caught.value.code == INVALID_REQUEST
    assert "too large" in caught.value.message
    assert peak_memory(client) - before < 32 * MIB
    await is_well(client)


def peak_memory(client: Client) -> int:
    """Bytes that the server had resident at most."""
    status = Path(f"/proc/{client.process.pid}/status")
    if not status.exists():
        pytest.skip("the peak is read from /proc")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


async def test_answers_and_notifications_that_nobody_asked_for_are_ignored(client: Client) -> None:
    await client.initialize()

    await client.send({"jsonrpc": "2.0", "id": "never asked", "result": 5})
    await client.send({"jsonrpc": "2.0", "id": None, "error": {"code": 1, "message": "x"}})
    await client.send({"jsonrpc": "2.0", "id": 5, "error": "no object"})
    await client.notify("$/cancelRequest", {"id": "never asked"})
    await client.notify("$/cancelRequest", {})
    await client.notify("window/workDoneProgress/cancel", {"token": "never begun"})
    await client.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": "file:///never-opened", "version": 1}, "contentChanges": [{"text": ""}]},
    )
    await client.notify("textDocument/didOpen", {"textDocument": 5})
    await client.notify("hedgerow/noSuchThing", [1, 2])

    await is_well(client)
    assert not [m for m in client.messages if m.get("method", "").startswith("window/showMessage")]
