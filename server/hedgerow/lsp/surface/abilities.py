"""What the client can do with what is offered in a file: which commands it runs, and how it learns of news. A value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lsprotocol import types

WITHOUT_WORDS = frozenset({"hedgerow.accept", "hedgerow.reject", "hedgerow.editComment"})
"""What an editor that knows nothing of Hedgerow runs by itself: nothing has to be typed for it."""


@dataclass(frozen=True)
class Abilities:
    """Attributes:
    commands: ids that the client says it runs; None when it says nothing, as a plain editor.
    shows_comments: it shows comments itself, so that they are no diagnostics.
    literals: it takes code actions, not only commands.
    pulls: it asks for diagnostics.
    refreshes_lenses, refreshes_diagnostics: it asks again when it is told to.
    """

    commands: frozenset[str] | None = None
    shows_comments: bool = False
    literals: bool = False
    pulls: bool = False
    refreshes_lenses: bool = False
    refreshes_diagnostics: bool = False

    @property
    def plain(self) -> bool:
        return self.commands is None

    def runs(self, command: str) -> bool:
        return command in (WITHOUT_WORDS if self.commands is None else self.commands)


def abilities_of(capabilities: types.ClientCapabilities) -> Abilities:
    """Whatever is missing or cannot be read is taken for no."""
    said = _ours(capabilities.experimental)
    commands = said.get("commands")
    document, workspace = capabilities.text_document, capabilities.workspace
    action = document.code_action if document else None
    lenses = workspace.code_lens if workspace else None
    diagnostics = workspace.diagnostics if workspace else None
    return Abilities(
        commands=frozenset(map(str, commands)) if isinstance(commands, list) else None,
        shows_comments=said.get("comments") is True,
        literals=bool(action and action.code_action_literal_support),
        pulls=bool(document and document.diagnostic),
        refreshes_lenses=bool(lenses and lenses.refresh_support),
        refreshes_diagnostics=bool(diagnostics and diagnostics.refresh_support),
    )


def _ours(experimental: object) -> Mapping[str, Any]:
    ours = experimental.get("hedgerow") if isinstance(experimental, Mapping) else None
    return ours if isinstance(ours, Mapping) else {}
