"""A real Emacs that tests drive: a daemon without a screen, and `emacsclient` that evaluates in it.

Owns one Emacs and the folder of its socket. Knows nothing of Hedgerow.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

LIMIT = 60.0
"""Seconds that anything may take before the test gives up. Nothing is expected to come near it."""

# Questions are answered as a person would, with words that the test has laid ready; each is kept for the test to read.
# What an answer is, is written to a file, since a printed string of Lisp is not one of JSON.
_DRIVER = """
(setq native-comp-jit-compilation nil make-backup-files nil auto-save-default nil create-lockfiles nil
      eglot-sync-connect t eglot-connect-timeout 60 eglot-autoshutdown nil revert-without-query '(".*"))
(defvar test-answers nil "What the person is going to say, each a string that begins an option.")
(defvar test-asked nil "What was asked, newest first: prompt and options.")
(defun test-answer (prompt options &rest _)
  (let* ((titles (mapcar (lambda (one) (if (consp one) (car one) one)) (all-completions "" options)))
         (wanted (pop test-answers)))
    (push (vector (substring-no-properties prompt) (vconcat titles)) test-asked)
    (or (and wanted (seq-find (lambda (title) (string-prefix-p wanted title)) titles))
        (signal 'quit nil))))
(setq completing-read-function #'test-answer)
(defun test-write (file value)
  (let ((coding-system-for-write 'utf-8-unix))
    (with-temp-file file
      (insert (json-serialize value :null-object nil :false-object :json-false)))))
(defun test-run (file code)
  (test-write file
    (condition-case problem (vector t (eval (car (read-from-string code)) t))
      ((error quit) (vector :json-false (format "%S" problem))))))
"""


class EmacsError(Exception):
    """What was evaluated failed."""


class Emacs:
    def __init__(self, program: Path, cwd: Path, env: Mapping[str, str], init: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hedgerow-emacs-", dir="/tmp"))  # a socket's path is limited
        self._socket = self._folder / "socket"
        self._client = program.parent / "emacsclient"
        self._log = self._folder / "log"
        self._env = dict(env)
        self._cwd = cwd
        start = self._folder / "init.el"
        start.write_text(_DRIVER + init, "utf-8")
        command = [str(program), "-Q", f"--fg-daemon={self._socket}", "--load", str(start)]
        if shutil.which("setpriv"):  # a test that is killed takes its Emacs along
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=cwd, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    @classmethod
    @contextlib.contextmanager
    def started(cls, program: Path, cwd: Path, env: Mapping[str, str], init: str) -> Iterator[Emacs]:
        editor = cls(program, cwd, env, init)
        try:
            editor._until(editor._is_up, "Emacs to have started")
            yield editor
        finally:
            editor._end()

    def lisp(self, code: str, *values: Any) -> Any:
        """What an expression is; ``values`` stand in it as `%s`, as strings of Lisp.

        Raises:
            EmacsError: it failed.
        """
        expression = code % tuple(map(quoted, values)) if values else code
        out = self._folder / "answer"
        out.unlink(missing_ok=True)
        ran = self._evaluate(f"(test-run {quoted(out)} {quoted(expression)})")
        if not out.exists():
            raise EmacsError(f"{ran.stdout}{ran.stderr}{self._log.read_text('utf-8', 'replace')[-2000:]}")
        done, answer = json.loads(out.read_text("utf-8"))
        if not done:
            raise EmacsError(answer)
        return answer

    def until(self, code: str, *values: Any) -> Any:
        """Wait until an expression is something."""
        return self._until(lambda: self.lisp(code, *values), code)

    def _is_up(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError(f"Emacs ended: {self._log.read_text('utf-8', 'replace')}")
        return self._socket.exists() and self._evaluate("(fboundp 'test-run)").stdout.strip() == "t"

    def _evaluate(self, code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._client, "--socket-name", self._socket, "--eval", code],
            env=self._env, cwd=self._cwd, capture_output=True, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip

    def _until(self, condition: Callable[[], Any], what: str) -> Any:
        end = time.monotonic() + LIMIT
        while not (answer := condition()):
            if time.monotonic() > end:
                raise AssertionError(f"waited for {what}; {self._log.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.05)
        return answer

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def quoted(value: object) -> str:
    """A string of Lisp."""
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
