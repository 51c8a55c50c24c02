"""The parent of a plugin's process: whatever that starts ends with it, however far it went away.

- Small, and nothing of the plugin runs in it. The agent starts it, and it starts the plugin's process.
- On Linux the system gives it every orphan below it (PR_SET_CHILD_SUBREAPER), so that nobody leaves by a second fork
  and a session of their own. Elsewhere the group of processes has to do.
- It ends everything when the plugin's process ended, or when its standard input does: the agent closed it, or is gone.
  It ends as the plugin's process ended, so that the agent sees how.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from typing import Final

from tympan._outside._limits import LEAVE_S, LOOK_AGAIN_S
from tympan._outside._tree import below

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
"""Of prctl(2)."""
_LEFT_ALONE: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""They reach a whole service or session; the agent is told, too, and ends this process in order."""


class Kept:
    """The plugin's process and all that came of it.

    Args:
        pid: Of the process.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.status: int | None = None

    def reap(self) -> bool:
        """Takes note of what has ended; False when nothing is left."""
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return True
                if pid == self._pid:
                    self.status = status
        except ChildProcessError:
            return False

    def end(self) -> None:
        """Ends everything; one that may not be ended is left after a while."""
        until = time.monotonic() + LEAVE_S
        while self.reap() and time.monotonic() < until:
            if self.status is None:
                _kill(-self._pid)
            for pid in below(os.getpid()):
                _kill(pid)
            time.sleep(LOOK_AGAIN_S)


def main(descriptor: int) -> None:
    """Runs the plugin's process; its argument is the descriptor of the pipe."""
    _no_core()
    _ask(_PR_SET_CHILD_SUBREAPER, 1)
    keeper = os.getpid()
    pid = os.fork()
    if pid == 0:
        _be_kept(keeper, descriptor)
        return
    os.close(descriptor)
    for number in _LEFT_ALONE:
        signal.signal(number, signal.SIG_IGN)
    kept = Kept(pid)
    _wait(kept)
    kept.end()
    _end_as(kept.status)


def _be_kept(keeper: int, descriptor: int) -> None:
    os.setsid()
    _ask(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        os._exit(1)  # it ended before that was asked for
    from tympan._outside import child

    child.main(descriptor)


def _wait(kept: Kept) -> None:
    """Until the process ended, or nobody holds standard input any more."""
    told, wake = os.pipe()
    for end in (told, wake):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    while kept.reap() and kept.status is None:
        ready, _, _ = select.select([0, told], [], [])
        if told in ready:
            os.read(told, 4096)
        if 0 in ready and not os.read(0, 4096):
            return


def _end_as(status: int | None) -> None:
    code = -signal.SIGKILL if status is None else os.waitstatus_to_exitcode(status)
    if code < 0:
        with contextlib.suppress(OSError):  # nobody may say what SIGKILL does
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(max(code, 0))


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _no_core() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _ask(option: int, value: int) -> None:
    """Asks Linux for what it does for a process; what it does not know is done without."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))


if __name__ == "__main__":
    main(int(sys.argv[1]))
