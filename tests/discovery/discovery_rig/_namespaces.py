"""Network namespaces of the rig: named for the process that made them, entered by a thread, gone when it is gone.

- A name says whose it is (process id and the moment it started), so tests run side by side, and what a killed one left
  is found and removed by the next.
- A socket belongs to the namespace it was made in. `Namespace.socket` makes one there for the test's own process, so
  responders and captures are tasks of the test; programs go in through ``nsenter``.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterable, Sequence
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import TypeVar

import attrs
from rig import Room

T = TypeVar("T")

FOLDER = Path("/run/netns")
_LOCK = Path("/run/lock/tympan-namespaces")
_PREFIX = "tympan-"
_CLONE_NEWNET = 0x40000000
_WAIT_S = 20.0
_LIBC = ctypes.CDLL(None, use_errno=True)
_NUMBERS = itertools.count(1)
NEEDED = ("ip", "nsenter")


@attrs.frozen
class Namespace:
    """A network namespace.

    Attributes:
        name: As ``ip netns`` knows it.
    """

    name: str

    @property
    def path(self) -> Path:
        """The file that keeps it."""
        return FOLDER / self.name

    @property
    def room(self) -> Room:
        """What a process enters to run in it."""
        return Room(network=self.path)

    def argv(self, *command: str | Path) -> list[str]:
        """A command that runs in it; the process that is started is the command itself."""
        return ["nsenter", f"--net={self.path}", "--", *map(str, command)]

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """A socket in it, for this process."""
        return self.inside(lambda: socket.socket(family, kind, protocol))

    def sysctl(self, **settings: int) -> None:
        """Sets numbers below ``/proc/sys/net``; names with ``__`` for the slash."""

        def write() -> None:
            for name, value in settings.items():
                Path("/proc/sys/net", name.replace("__", "/")).write_text(str(value))

        self.inside(write)

    def inside(self, act: Callable[[], T]) -> T:
        """Does something in it, in a thread of its own that goes there and ends; the result comes back."""
        done: list[T] = []
        failed: list[BaseException] = []

        def there() -> None:
            try:
                with self.path.open() as file:
                    if _LIBC.setns(file.fileno(), _CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), "setns", str(self.path))
                done.append(act())
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=there)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]
        return done[0]

    def ip(self, *lines: str) -> None:
        """Has ``ip`` do one line after the other in it."""
        ip_batch(lines, "-n", self.name)

    def udp_ports(self) -> set[int]:
        """The UDP ports that sockets in it are bound to."""
        return self.inside(_udp_ports)

    def pids(self) -> list[int]:
        """Programs that run in it."""
        if not self.path.exists():
            return []
        done = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True, timeout=_WAIT_S)
        return [int(pid) for pid in done.stdout.split()]

    def remove(self) -> None:
        """Ends what still runs in it, and takes it away."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, timeout=_WAIT_S)


def _udp_ports() -> set[int]:
    found = set()
    for table in ("udp", "udp6"):
        for line in Path("/proc/thread-self/net", table).read_text().splitlines()[1:]:
            found.add(int(line.split()[1].rpartition(":")[2], 16))
    return found


def ip_batch(lines: Iterable[str], *options: str) -> None:
    """Has ``ip`` do one line after the other; the first that fails ends it."""
    text = "\n".join(lines) + "\n"
    done = subprocess.run(
        ["ip", *options, "-batch", "-"], input=text, capture_output=True, text=True, timeout=_WAIT_S
    )  # fmt: skip
    if done.returncode:
        raise OSError(f"ip {' '.join(options)}: {done.stderr}\n{text}")


def make(names: Sequence[str]) -> tuple[Namespace, ...]:
    """New namespaces of this process, one for each name, with loopback up; first removes what dead processes left."""
    missing = [program for program in NEEDED if shutil.which(program) is None]
    assert not missing, f"not found: {', '.join(missing)}; install iproute2 and util-linux"
    assert os.getuid() == 0, "network namespaces need root"
    world = f"{_PREFIX}{_stamp(os.getpid())}-{next(_NUMBERS)}"
    made = tuple(Namespace(f"{world}-{name}") for name in names)
    with _LOCK.open("w") as lock:
        flock(lock, LOCK_EX)
        _sweep()
        ip_batch(f"netns add {each.name}" for each in made)
    for each in made:
        each.sysctl(ipv6__conf__default__accept_dad=0, ipv6__conf__all__accept_dad=0)
        each.ip("link set lo up")
    return made


def of_this_process() -> list[str]:
    """The namespaces there are of this process."""
    return [path.name for path in _found(_stamp(os.getpid()))]


def _found(stamp: str = "") -> list[Path]:
    return sorted(FOLDER.glob(f"{_PREFIX}{stamp}-*" if stamp else f"{_PREFIX}*")) if FOLDER.exists() else []


def _stamp(pid: int) -> str:
    """A process for ever: its id, and the moment it started, since ids come back."""
    started = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return f"{pid}.{started}"


def _sweep() -> None:
    for path in _found():
        stamp = path.name.removeprefix(_PREFIX).partition("-")[0]
        pid = int(stamp.partition(".")[0])
        if not Path(f"/proc/{pid}").exists() or _stamp(pid) != stamp:
            Namespace(path.name).remove()
