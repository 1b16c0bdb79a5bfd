"""The scripted model in the two formats that the agents speak: OpenAI Responses and Anthropic Messages.

Pure: a request's body and a step become an answer. How each tool must be called follows Codex 0.169 and Claude
Code 2.1.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.model_script import Step, Turn

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """Attributes:
    events: sent as a stream, if there are any.
    body: sent whole otherwise.
    """

    status: int = 200
    events: Sequence[Json] = ()
    body: Json | None = None


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(part.get("text", "") for part in parts if part.get("type") in ("text", "input_text"))


def codex_turns(body: Json) -> Iterator[Turn]:
    for item in body.get("input", []):
        if item.get("type") == "message" and item.get("role") == "user":
            yield "person", _text(item["content"])
        elif item.get("type") == "agent_message":  # to a sub-agent, from the one above
            yield "person", "".join(part.get("encrypted_content", "") for part in item.get("content", []))
        elif str(item.get("type", "")).endswith("_call_output"):
            yield "tool", ""


def codex_answer(body: Json, step: Step, number: int) -> Answer:
    if "error" in step:
        return Answer(step["error"], body={"error": {"message": "scripted error", "type": "stub", "code": "stub"}})
    item = _codex_item(body, step, number)
    response = f"resp_{number}"
    usage = {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 15,
    }
    done = {"id": response, "status": "completed", "output": [item], "usage": usage}
    return Answer(
        events=[
            {"type": "response.created", "response": {"id": response}},
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": done},
        ]
    )


def _codex_item(body: Json, step: Step, number: int) -> Json:
    if "patch" in step or "write" in step:
        return _codex_patch(body, step.get("patch") or _new_file(step["write"], step.get("text", "")), number)
    if "sh" in step:
        return _codex_command(body, step["sh"], bool(step.get("escalate")), number)
    if "tool" in step:
        return _codex_call(body, step["tool"], step.get("input", {}), number)
    content = [{"type": "output_text", "text": step.get("say", "ok"), "annotations": []}]
    return {
        "type": "message",
        "id": f"msg_{number}",
        "role": "assistant",
        "status": "completed",
        "content": content,
    }


def _new_file(path: str, text: str) -> str:
    lines = "".join(f"+{line}\n" for line in text.splitlines())
    return f"*** Begin Patch\n*** Add File: {path}\n{lines}*** End Patch\n"


def _in_code_mode(body: Json) -> bool:
    """Models of Codex' catalogue call their tools from JavaScript; the tools come as an item of the input."""
    added = [item.get("tools") for item in body.get("input", []) if item.get("type") == "additional_tools"]
    return '"name": "exec"' in json.dumps(added)


def _tools(body: Json) -> dict[str, Json]:
    return {tool.get("name", ""): tool for tool in body.get("tools", [])}


def _custom_call(name: str, source: str, number: int) -> Json:
    return {
        "type": "custom_tool_call",
        "id": f"ctc_{number}",
        "call_id": f"call_{number}",
        "name": name,
        "input": source,
        "status": "completed",
    }


def _codex_patch(body: Json, patch: str, number: int) -> Json:
    if _in_code_mode(body):
        source = f"text(await tools.apply_patch({json.dumps(patch)}));"
        return {**_custom_call("exec", source, number), "namespace": "functions"}
    if _tools(body).get("apply_patch", {}).get("type") == "custom":
        return _custom_call("apply_patch", patch, number)
    return _codex_command(body, f"apply_patch <<'EOP'\n{patch}EOP", False, number)


def _codex_command(body: Json, command: str, escalate: bool, number: int) -> Json:
    asking = {"sandbox_permissions": "require_escalated", "justification": "the script asks"} if escalate else {}
    if _in_code_mode(body) or "exec_command" in _tools(body):
        return _codex_call(body, "exec_command", {"cmd": command, **asking}, number)
    if "shell_command" in _tools(body):
        return _codex_call(body, "shell_command", {"command": command, **asking}, number)
    return _codex_call(body, "shell", {"command": ["bash", "-lc", command], **asking}, number)


_NEVER_FROM_JAVASCRIPT = {"request_user_input", "spawn_agent", "wait_agent"}
"""Tools that a model calls by name even where it calls all others from JavaScript."""


def _codex_call(body: Json, name: str, arguments: Json, number: int) -> Json:
    if _in_code_mode(body) and name not in _NEVER_FROM_JAVASCRIPT:
        source = f"text(await tools.{name}({json.dumps(arguments)}));"
        return {**_custom_call("exec", source, number), "namespace": "functions"}
    return {
        "type": "function_call",
        "id": f"fc_{number}",
        "call_id": f"call_{number}",
        "name": name,
        "arguments": json.dumps(arguments),
        "status": "completed",
        **({"namespace": "collaboration"} if name.endswith("_agent") else {}),
    }


def claude_turns(body: Json) -> Iterator[Turn]:
    for message in body.get("messages", []):
        if message["role"] != "user":
            continue
        content = message["content"]
        if isinstance(content, list):
            yield from (("tool", "") for part in content if part.get("type") == "tool_result")
        yield "person", _text(content)


def claude_answer(body: Json, step: Step, number: int) -> Answer:
    if "error" in step:
        kind = step.get("kind", "invalid_request_error")
        return Answer(step["error"], body={"type": "error", "error": {"type": kind, "message": "scripted error"}})
    if not body.get("tools"):  # it wants a title for the conversation
        step = {"say": '{"title": "Scripted title"}'}
    blocks = [_claude_block(each, number, at) for at, each in enumerate(step.get("calls", [step]))]
    stop = "tool_use" if blocks[0][0]["type"] == "tool_use" else "end_turn"
    message = {
        "id": f"msg_{number:06}",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", "scripted"),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 1},
    }
    if not body.get("stream"):
        content = [block | _claude_filled(delta) for block, delta in blocks]
        return Answer(body={**message, "content": content, "stop_reason": stop})
    return Answer(
        events=[
            {"type": "message_start", "message": message},
            *(event for at, (block, delta) in enumerate(blocks) for event in _claude_streamed(at, block, delta)),
            {
                "type": "message_delta",
                "delta": {"stop_reason": stop, "stop_sequence": None},
                "usage": {"output_tokens": 5},
            },
            {"type": "message_stop"},
        ]
    )


def _claude_streamed(index: int, block: Json, delta: Json) -> list[Json]:
    return [
        {"type": "content_block_start", "index": index, "content_block": block},
        {"type": "content_block_delta", "index": index, "delta": delta},
        {"type": "content_block_stop", "index": index},
    ]


def _claude_filled(delta: Json) -> Json:
    return {"text": delta["text"]} if "text" in delta else {"input": json.loads(delta["partial_json"])}


def _claude_block(step: Step, number: int, at: int) -> tuple[Json, Json]:
    """A block of a message, still empty, and what fills it."""
    call = _claude_call(step)
    if call is None:
        return {"type": "text", "text": ""}, {"type": "text_delta", "text": step.get("say", "ok")}
    name, arguments = call
    block = {"type": "tool_use", "id": f"toolu_{number:06}_{at}", "name": name, "input": {}}
    return block, {"type": "input_json_delta", "partial_json": json.dumps(arguments)}


def _claude_call(step: Step) -> tuple[str, Json] | None:
    if "write" in step:
        return "Write", {"file_path": step["write"], "content": step.get("text", "")}
    if "edit" in step:
        return "Edit", {"file_path": step["edit"], "old_string": step["old"], "new_string": step["new"]}
    if "sh" in step:
        return "Bash", {"command": step["sh"], "description": "a command of the script"}
    if "tool" in step:
        return step["tool"], step.get("input", {})
    return None
