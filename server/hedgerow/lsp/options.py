"""What the client says about itself. A bad entry costs a sentence, never the server.

The person's settings inside it are judged by `config`; here they are only handed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pygls.uris import to_fs_path

from hedgerow.protocol.model import PROTOCOL_VERSION
from hedgerow.protocol.settings import InitializationOptions


@dataclass(frozen=True)
class ClientOptions:
    """`initializationOptions` as far as it could be understood.

    Attributes:
        settings: the editor's layer of settings, by wire name, not judged yet.
        trusted_folders: None when the client does not tell.
        asks: the client shows plans itself.
        warnings: a sentence for each thing that was ignored.
    """

    settings: Mapping[str, object] = field(default_factory=dict)
    trusted_folders: tuple[Path, ...] | None = None
    asks: bool = False
    warnings: tuple[str, ...] = ()


def read_options(raw: object) -> ClientOptions:
    if raw is None:
        return ClientOptions()
    if not isinstance(raw, Mapping):
        return ClientOptions(warnings=("The initialization options are ignored: an object is expected.",))
    valid: dict[str, Any] = {}
    warnings: list[str] = []
    for name, value in raw.items():
        try:
            valid[name] = getattr(InitializationOptions.model_validate({name: value}), _FIELDS.get(name, ""), None)
        except ValidationError as error:
            reason = error.errors()[0]
            what = "there is no such option" if reason["type"] == "extra_forbidden" else reason["msg"]
            warnings.append(f"The initialization option '{name}' is ignored: {what}.")
    trusted = _folders(valid.get("trustedFolders"))
    if trusted is None and raw.get("trustedFolders") is not None:
        trusted = ()  # What cannot be read trusts nothing.
    return ClientOptions(valid.get("settings") or {}, trusted, bool(valid.get("asks")), tuple(warnings))


def client_protocol_version(experimental: object) -> int:
    """What the client speaks; our own version when it does not say."""
    ours = experimental.get("hedgerow") if isinstance(experimental, Mapping) else None
    version = ours.get("protocolVersion") if isinstance(ours, Mapping) else None
    return version if isinstance(version, int) and not isinstance(version, bool) else PROTOCOL_VERSION


_FIELDS = {info.alias or name: name for name, info in InitializationOptions.model_fields.items()}


def _folders(uris: list[str] | None) -> tuple[Path, ...] | None:
    if uris is None:
        return None
    paths = [to_fs_path(uri) for uri in uris if uri.startswith("file:")]
    return tuple(Path(path) for path in paths if path)
