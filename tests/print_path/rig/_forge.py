"""Runs the real command in processes that are forked from one which has imported it: a start is most of its time.

Each has arguments, environment, output, status and end of its own, like one that was started; what only a start of its
own shows (encodings, terminals, signals, the agent beside it) is tried with processes that are started. What a command
imports as it needs it, the forge imports after it, for all that come later.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import pkgutil
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import Any

import attrs

Done = subprocess.CompletedProcess[str]
SECONDS = 90


@attrs.define
class Forge:
    """The process others are forked from, of this interpreter.

    Attributes:
        folder: For what the commands write.
        package: With the command's ``__main__``, and all it imports from the beginning.
        name: As the command is called.
    """

    folder: Path
    package: str = "tympan_cli"
    name: str = "tympan"
    _process: subprocess.Popen[bytes] | None = None
    _busy: threading.Lock = attrs.field(factory=threading.Lock)

    def run_if_idle(self, arguments: list[str | bytes], env: dict[str, str]) -> Done | None:
        """One command, to its end; None while another one is under way here, which may wait for what this one does."""
        if not self._busy.acquire(blocking=False):
            return None
        try:
            return self.run(arguments, env)
        finally:
            self._busy.release()

    def run(self, arguments: list[str | bytes], env: dict[str, str], stdin: str = "") -> Done:
        """One command, to its end."""
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        given, out, err = (self.folder / name for name in ("in", "out", "err"))
        given.write_text(stdin)
        words = [os.fsdecode(argument) for argument in arguments]
        asked = {"package": self.package, "words": [self.name, *words], "env": env, "cwd": str(Path.cwd())}
        asked |= {"in": str(given), "out": str(out), "err": str(err), "learnt": str(self.folder / "learnt")}
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        assert answer, "the forge has ended"
        said = [path.read_bytes().decode(errors="surrogateescape") for path in (out, err)]
        return subprocess.CompletedProcess([self.name, *arguments], int(answer), *said)

    def close(self) -> None:
        """Ends it."""
        if self._process is not None:
            self._process.communicate(timeout=SECONDS)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", __file__, self.package]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@functools.cache
def forge(package: str = "tympan_cli", name: str = "tympan") -> Forge:
    """The one of this process and a command; it ends with this process."""
    made = Forge(Path(tempfile.mkdtemp(prefix="tympan-forge-")), package, name)
    atexit.register(_ended, made)
    return made


def _ended(made: Forge) -> None:
    made.close()
    shutil.rmtree(made.folder, ignore_errors=True)


def _forked(asked: dict[str, Any]) -> int:
    """The exit status of one command."""
    child = os.fork()
    if child == 0:
        try:
            _become(asked)
        finally:
            os._exit(70)
    _, status = os.waitpid(child, 0)
    _learn(Path(asked["learnt"]))
    return os.waitstatus_to_exitcode(status)


def _learn(learnt: Path) -> None:
    for name in learnt.read_text().split() if learnt.exists() else ():
        with contextlib.suppress(ImportError):  # some modules are made, and not found
            importlib.import_module(name)
        gc.freeze()  # what is there is shared with each command, and never looked through again
    learnt.unlink(missing_ok=True)


def _become(asked: dict[str, Any]) -> None:
    signal.alarm(SECONDS)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path, how in ((0, asked["in"], os.O_RDONLY), (1, asked["out"], flags), (2, asked["err"], flags)):
        os.dup2(os.open(path, how, 0o600), number)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    sys.argv = asked["words"]
    status: object = 0
    known = frozenset(sys.modules)
    try:
        importlib.import_module(f"{asked['package']}.__main__").main()
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    if fresh := [name for name in sys.modules if name not in known and name.isascii() and " " not in name]:
        Path(asked["learnt"]).write_text("\n".join(fresh))
    os._exit(int(status or 0) if isinstance(status, int | None) else 1)


def _serve(package: str) -> None:
    for found in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
        importlib.import_module(found.name)
    answers = os.dup(1)
    os.dup2(2, 1)
    for line in iter(sys.stdin.buffer.readline, b""):
        os.write(answers, b"%d\n" % _forked(json.loads(line)))


if __name__ == "__main__":
    _serve(sys.argv[1])
