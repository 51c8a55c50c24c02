"""A machine that works against the agent: small disks, a clock and a keyring that do as they are told.

The agent is not told: its own code runs, over modules laid in front of it with ``PYTHONPATH``.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import attrs
import trio

from rig._agent import COMMAND
from rig._limits import START_S
from rig._places import private_directory

_CLOCK = """\
import datetime, pathlib, time
_place, _time = pathlib.Path({place!r}), time.time

def _offset():
    return float(_place.read_text())

class _Shifted(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(_time() + _offset(), tz)

    @classmethod
    def utcnow(cls):
        return cls.now(datetime.timezone.utc).replace(tzinfo=None)

datetime.datetime = _Shifted
time.time = lambda: _time() + _offset()
"""

_KEYRING = """\
import json, pathlib
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked
_place, _lock = pathlib.Path({place!r}), pathlib.Path({lock!r})

class Ring(KeyringBackend):
    priority = 5

    def _open(self):
        if _lock.exists():
            raise KeyringLocked("locked by its owner")
        return json.loads(_place.read_text())

    def get_password(self, service, username):
        return self._open().get(service + " " + username)

    def set_password(self, service, username, password):
        _place.write_text(json.dumps({{**self._open(), service + " " + username: password}}))

    def delete_password(self, service, username):
        kept = self._open()
        del kept[service + " " + username]
        _place.write_text(json.dumps(kept))
"""


@attrs.frozen(kw_only=True)
class Clock:
    """A wall clock to set.

    Attributes:
        env: For the agent.
    """

    env: Mapping[str, str]
    _place: Path

    def shift(self, seconds: float) -> None:
        """From now on it differs so much from the machine's."""
        fresh = self._place.with_suffix(".new")
        fresh.write_text(f"{seconds:g}")
        fresh.replace(self._place)


def wall_clock(folder: Path) -> Clock:
    """A clock for an agent, with its files in ``folder``."""
    place, modules = folder / "offset", folder / "clock"
    modules.mkdir()
    place.write_text("0")
    (modules / "sitecustomize.py").write_text(_CLOCK.format(place=str(place)))
    return Clock(env={"PYTHONPATH": str(modules)}, place=place)


@attrs.frozen(kw_only=True)
class Keyring:
    """A keyring to lock.

    Attributes:
        env: For the agent.
    """

    env: Mapping[str, str]
    _lock: Path

    def lock(self) -> None:
        """From now on it gives and takes nothing."""
        self._lock.touch()

    def unlock(self) -> None:
        """It works again."""
        self._lock.unlink()


def keyring(folder: Path) -> Keyring:
    """A keyring for an agent, with its files in ``folder``."""
    place, lock, modules = folder / "ring.json", folder / "ring.locked", folder / "ring"
    modules.mkdir()
    place.write_text(json.dumps({}))
    (modules / "rig_ring.py").write_text(_KEYRING.format(place=str(place), lock=str(lock)))
    env = {"PYTHONPATH": str(modules), "PYTHON_KEYRING_BACKEND": "rig_ring.Ring", "TYMPAN_KEYS": "keyring"}
    return Keyring(env=env, lock=lock)


@contextmanager
def small_disk(mebibytes: int) -> Iterator[Path]:
    """A file system of its own of that size; root only."""
    with private_directory("disk") as path:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=700", "tmpfs", path], check=True)
        try:
            yield path
        finally:
            subprocess.run(["umount", "--lazy", path], check=True)


def fill(folder: Path) -> Path:
    """Takes every free byte; returns the file to remove."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 20, 4096):
            _write_until_full(file.fileno(), size)
    return filler


def _write_until_full(descriptor: int, size: int) -> None:
    for _ in range(4096):
        try:
            os.write(descriptor, bytes(size))
        except OSError:
            return
    raise RuntimeError("the disk is larger than a test may fill")


@attrs.frozen(kw_only=True)
class Refusal:
    """An agent that did not start: exit status, and what it said."""

    status: int
    said: str


async def refused_start(home: Path, port: int, env: Mapping[str, str] | None = None) -> Refusal:
    """Starts an agent that cannot run and returns how it said so."""
    with trio.fail_after(START_S):
        done = await trio.run_process(
            [str(COMMAND), "run", "--port", str(port)],
            capture_stdout=True,
            capture_stderr=True,
            check=False,
            env={**os.environ, "TYMPAN_KEYS": "file", **(env or {}), "TYMPAN_HOME": str(home)},
        )
    return Refusal(status=done.returncode, said=(done.stdout + done.stderr).decode(errors="replace"))


@asynccontextmanager
async def taken_port(port: int) -> AsyncIterator[None]:
    """Another program listens on the port."""
    async with await _listen(port):
        yield


async def _listen(port: int) -> trio.SocketListener:
    [listener] = await trio.open_tcp_listeners(port, host="127.0.0.1")
    return listener
