"""A real Neovim that tests drive: its process, and msgpack RPC to it over a socket.

Owns one Neovim and the folder of its socket. Knows nothing of Hedgerow.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgpack
from tests.support.until import LIMIT, until


class NeovimError(Exception):
    """Neovim answered a request with an error."""


class Editor:
    """One headless Neovim; ``address`` is where a terminal can show it.

    Args:
        program: Neovim's executable.
        cwd: where it is started.
        env: its whole environment.
        arguments: further words of its command line.
    """

    def __init__(self, program: Path, cwd: Path, env: Mapping[str, str], arguments: Sequence[str] = ()) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hedgerow-nvim-", dir="/tmp"))  # a socket's path is limited
        self._log = self._folder / "stderr"
        self._ids = itertools.count()
        self.address = str(self._folder / "socket")
        # --headless comes before any file, else the first buffer is standard input's.
        command = [str(program), "--headless", "-i", "NONE", "-n", "--listen", self.address, *arguments]
        if shutil.which("setpriv"):  # a test that is killed takes its Neovim along
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(LIMIT)
        until(self._connect, "Neovim's socket")
        self._unpacker = msgpack.Unpacker(raw=False, strict_map_key=False, unicode_errors="surrogateescape")
        until(lambda: self.lua("return vim.v.vim_did_enter") == 1, "Neovim to have started")

    def _connect(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError(f"Neovim ended: {self._log.read_text(errors='replace')}")
        try:
            self._socket.connect(self.address)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True

    def request(self, method: str, *arguments: Any) -> Any:
        number = next(self._ids)
        self._socket.sendall(msgpack.packb([0, number, method, list(arguments)]))
        while True:
            for message in self._unpacker:
                if message[0] == 1 and message[1] == number:
                    if message[2] is not None:
                        raise NeovimError(message[2])
                    return message[3]
            data = self._socket.recv(65536)
            if not data:
                raise AssertionError(f"Neovim hung up: {self._log.read_text(errors='replace')}")
            self._unpacker.feed(data)

    def lua(self, code: str, *arguments: Any) -> Any:
        """What a piece of Lua returns; it sees ``arguments`` as ``...``."""
        return self.request("nvim_exec_lua", code, list(arguments))

    def type(self, keys: str) -> None:
        """Press keys as a person would, in Neovim's notation (``:echo<CR>``)."""
        self.request("nvim_input", keys)

    def wait(self, code: str, *arguments: Any, limit: float = LIMIT) -> Any:
        """Wait until a piece of Lua returns something true, and return that."""
        return until(lambda: self.lua(code, *arguments), f"Neovim: {code}", limit)

    def lines(self) -> list[str]:
        """Lines of the current buffer."""
        return list(self.request("nvim_buf_get_lines", 0, 0, -1, False))

    def close(self) -> None:
        """End Neovim and wait until it is gone."""
        with contextlib.suppress(OSError):  # it may have ended by itself
            self._socket.sendall(msgpack.packb([2, "nvim_command", ["qall!"]]))
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)
