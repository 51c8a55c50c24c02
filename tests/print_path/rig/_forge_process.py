"""The process that others are forked from: it has imported a program, and says of each how it ended."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

import attrs

_ASKED_BYTES = 1 << 17
_FAILED = 70
"""Exit status of a process that did not become what it should (EX_SOFTWARE)."""
_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_NETWORK, _NEW_NAME, _NEW_MOUNTS = 0x40000000, 0x04000000, 0x00020000
_BIND, _PRIVATE = 0x1000, 0x44000
"""Of sched.h and mount(2): a mount of one file, and mounts that nobody else sees, all below a folder."""


@attrs.define
class Smith:
    """Forks what it is asked to.

    Attributes:
        package: With the program's ``__main__``.
        line: To who asks: one packet for each process, with its streams and where to say how it ended.
        folder: Where those that end leave word of what they imported.
    """

    package: str
    line: socket.socket
    folder: Path
    _told: dict[int, int] = attrs.field(factory=dict)

    def serve(self) -> None:
        """Until nobody can ask any more; what still runs is ended then."""
        waking, woken = os.pipe2(os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, _hear_nothing)
        signal.set_wakeup_fd(woken)
        try:
            while True:
                ready, _, _ = select.select([self.line.fileno(), waking], [], [])
                if waking in ready:
                    os.read(waking, _ASKED_BYTES)
                    self._reap()
                if self.line.fileno() in ready and not self._answer():
                    return
        finally:
            for child in self._told:
                os.kill(child, signal.SIGKILL)
            self._reap(how=0)

    def _answer(self) -> bool:
        asked, streams, _, _ = socket.recv_fds(self.line, _ASKED_BYTES, 4)
        if not asked:
            return False
        child = os.fork()
        if child == 0:
            self._become(json.loads(asked), streams)
        self._told[child] = streams.pop()
        for stream in streams:
            os.close(stream)
        handle = os.pidfd_open(child)  # nobody else has its number: it is not waited for before
        socket.send_fds(self.line, [b"%d" % child], [handle])
        os.close(handle)
        return True

    def _reap(self, how: int = os.WNOHANG) -> None:
        while self._told:
            child, status = os.waitpid(-1, how)
            if not child:
                return
            told = self._told.pop(child)
            with contextlib.suppress(BrokenPipeError):
                os.write(told, b"%d" % os.waitstatus_to_exitcode(status))
            os.close(told)
            _learn(self.folder / f"learnt-{child}")

    def _become(self, asked: dict[str, Any], streams: list[int]) -> None:
        """The child; never returns."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if asked["room"]:
                _enter(**asked["room"])
            if asked["session"]:
                os.setsid()
            for number, stream in enumerate(streams[:3]):
                os.dup2(stream, number)
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # what the forge has open is none of its business
            os.environ.clear()
            os.environ.update(asked["env"])
            os.chdir(asked["cwd"])
            sys.argv = asked["words"]
            _run(self.package, self.folder / f"learnt-{os.getpid()}")
        finally:
            os._exit(_FAILED)


def _enter(network: str, name: str, resolv: str) -> None:
    """Goes into namespaces, as ``nsenter --net`` and ``unshare --uts --mount`` do."""
    with open(network) as file:
        _call("setns", file.fileno(), _NEW_NETWORK)
    if name:
        _call("unshare", _NEW_NAME | _NEW_MOUNTS)
        _call("mount", None, b"/", None, _PRIVATE, None)
        socket.sethostname(name)
        _call("mount", os.fsencode(resolv), b"/etc/resolv.conf", None, _BIND, None)


def _call(name: str, *arguments: int | bytes | None) -> None:
    if getattr(_LIBC, name)(*arguments):
        raise OSError(ctypes.get_errno(), name)


def _run(package: str, learnt: Path) -> None:
    """The program, to its end; leaves word of what it imported."""
    status: object = 0
    known = frozenset(sys.modules)
    gc.enable()
    try:
        status = importlib.import_module(f"{package}.__main__").main()
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    if fresh := [name for name in sys.modules if name not in known and name.isascii() and " " not in name]:
        with contextlib.suppress(OSError):  # the tests may be over, and the folder gone
            learnt.write_text("\n".join(fresh))
    os._exit(int(status or 0) if isinstance(status, int | None) else 1)


def _learn(learnt: Path) -> None:
    for name in learnt.read_text().split() if learnt.exists() else ():
        with contextlib.suppress(ImportError):  # some modules are made, and not found
            importlib.import_module(name)
        gc.freeze()  # what is there is shared with all that come, and never looked through again
    learnt.unlink(missing_ok=True)


def _hear_nothing(number: int, frame: object) -> None:
    """A signal that has somebody to hear it wakes who waits."""


def main() -> None:
    """Imports the package, then serves."""
    _, package, line, folder = sys.argv
    gc.disable()
    for found in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
        importlib.import_module(found.name)
    gc.freeze()
    Smith(package, socket.socket(fileno=int(line)), Path(folder)).serve()


if __name__ == "__main__":
    main()
