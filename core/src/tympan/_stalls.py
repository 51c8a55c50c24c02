"""Plugins that keep the agent's own process from going on: found from a thread beside it, remembered over restarts.

- The thread looks whether the event loop turns. When it has not for a while, the plugin whose code stands innermost on
  its stack is written down, durably, before anybody ends the process.
- What goes on again is struck out. What still stands there at the next start was ended by somebody: the watchdog of the
  service manager, a person, or this thread.
- A plugin that was ended so a few times within a day is held off until a person lets it in, or another version of it is
  installed.
- Code that lets no thread run keeps this one from looking, too; then the service manager ends the agent, and its last
  words tell whose code it was. A crash in a plugin's code counts like a stall.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs

from tympan._errors import NotFound, StoreError
from tympan._home import read_file, write_file
from tympan._ids import PluginId
from tympan._limits import DEFAULTS, Limits

_LOOKS = 2  # without a turn of the loop: one may fall into a moment in which the whole process stood still


@attrs.frozen(kw_only=True)
class Stall:
    """A time when a plugin kept the agent from going on.

    Attributes:
        plugin: Whose code ran.
        version: Of its distribution.
        at: When it was found, UTC.
    """

    plugin: PluginId
    version: str
    at: dt.datetime


class StallBook:
    """What is remembered of stalls, in one file."""

    def __init__(self, path: Path, limits: Limits = DEFAULTS) -> None:
        self._path = path
        self._limits = limits
        self._lock = threading.Lock()
        self.stalls = _read(path)

    def reason(self, plugin: PluginId, version: str, now: dt.datetime) -> str:
        """Why a plugin is held off; "" when it is not."""
        memory = dt.timedelta(seconds=self._limits.stall_memory_s)
        mine = [each for each in self.stalls if (each.plugin, each.version) == (plugin, version)]
        found = [each for each in mine if abs(now - each.at) < memory]  # a clock that was ahead holds nobody for years
        if len(found) < self._limits.stalls:
            return ""
        what = f"it stopped the agent {len(found)} times, last at {found[-1].at:%Y-%m-%d %H:%M} UTC"
        return f"{what}, and is held off. 'tympan plugin let-in {plugin}' tries it again, and so does another version"

    def add(self, stall: Stall) -> None:
        """Writes a stall down; the oldest make room."""
        with self._lock:
            self.stalls = (*self.stalls, stall)[-self._limits.stalls_kept :]
            self._write()

    def add_once(self, crash: Stall, *, since: dt.datetime) -> None:
        """Writes a crash down, unless it is the end of a stall of the agent that had started ``since``."""
        if not any(each.plugin == crash.plugin and since <= each.at <= crash.at for each in self.stalls):
            self.add(crash)

    def strike(self, stall: Stall) -> None:
        """The agent goes on: it does not count."""
        with self._lock:
            self.stalls = tuple(each for each in self.stalls if each is not stall)
            self._write()

    def let_in(self, plugin: str) -> None:
        """A person tries it again: nothing of it is remembered. Raises ``NotFound`` when nothing was."""
        with self._lock:
            kept = tuple(each for each in self.stalls if each.plugin != plugin)
            if kept == self.stalls:
                raise NotFound(f"no plugin {plugin!r:.80} is held off", next_step="See 'tympan plugins'.")
            self.stalls = kept
            self._write()

    def _write(self) -> None:
        rows = [{"plugin": each.plugin, "version": each.version, "at": each.at.isoformat()} for each in self.stalls]
        write_file(self._path, json.dumps({"v": 1, "stalls": rows}).encode())


def _read(path: Path) -> tuple[Stall, ...]:
    """What was written; a file that cannot be read holds nobody off."""
    try:
        rows = json.loads(read_file(path))["stalls"]
        return tuple(
            Stall(plugin=PluginId(str(row["plugin"])), version=str(row["version"]), at=_time(row["at"])) for row in rows
        )
    except (OSError, ValueError, TypeError, KeyError):
        return ()


def _time(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} is no time in UTC")
    return found


class StallWatch:
    """The thread. Owns: itself, while the block runs.

    Args:
        book: Where stalls are written.
        packages: The plugins that run in this process, by their package, with the version of each.
        log: The agent's.
        limits: How long is too long.
        watched: Whether a person sees this process: then it is not ended, for they may be looking for the fault.
    """

    def __init__(
        self,
        book: StallBook,
        packages: Callable[[], Mapping[str, tuple[PluginId, str]]],
        log: Callable[..., None],
        limits: Limits = DEFAULTS,
        *,
        watched: bool = False,
    ) -> None:
        self._book = book
        self._packages = packages
        self._log = log
        self._limits = limits
        self._watched = watched
        self._beats = 0
        self._wake = threading.Event()
        self._over = False
        self._loop = threading.get_ident()
        self._stall: Stall | None = None
        self._thread = threading.Thread(target=self._look_on, name="stalls", daemon=True)

    def __enter__(self) -> StallWatch:
        self._thread.start()
        return self

    def __exit__(self, *details: object) -> None:
        self._over = True
        self._wake.set()

    def beat(self) -> None:
        """The event loop turns."""
        self._beats += 1
        if self._stall is not None:
            self._wake.set()

    def _look_on(self) -> None:
        seen, silent = -1, 0
        while not self._over:
            self._wake.wait(self._limits.stall_s / _LOOKS)
            self._wake.clear()
            silent = silent + 1 if self._beats == seen else 0
            seen = self._beats
            if not silent:
                self._goes_on()
            elif silent == _LOOKS:
                self._found()
            elif silent * self._limits.stall_s / _LOOKS >= self._limits.stall_end_s and not self._watched:
                self._end()

    def _found(self) -> None:
        frame = sys._current_frames().get(self._loop)
        packages = self._packages()
        package = next((name for name in _packages_on(frame) if name in packages), None)
        if package is None:
            self._log("the agent does not go on", seconds=self._limits.stall_s, where=_where(frame))
            return
        plugin, version = packages[package]
        self._stall = Stall(plugin=plugin, version=version, at=dt.datetime.now(dt.UTC))
        self._log("a plugin keeps the agent from going on", plugin=plugin, where=_where(frame))
        self._keep(self._book.add, self._stall)

    def _goes_on(self) -> None:
        stall, self._stall = self._stall, None
        if stall is not None:
            self._log("the agent goes on", plugin=stall.plugin)
            self._keep(self._book.strike, stall)

    def _keep(self, act: Callable[[Stall], None], stall: Stall) -> None:
        try:
            act(stall)
        except StoreError as error:
            self._log("a stall cannot be written down", error=error.sentence)

    def _end(self) -> None:
        """The service manager starts an agent that ended so again; what was accepted is on disk."""
        self._log("the agent does not go on and is ended", seconds=self._limits.stall_end_s)
        os.kill(os.getpid(), signal.SIGABRT)


def _frames(frame: types.FrameType | None) -> Iterator[types.FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _packages_on(frame: types.FrameType | None) -> Iterator[str]:
    """Packages whose code is running, innermost first."""
    for each in _frames(frame):
        yield str(each.f_globals.get("__name__", "")).partition(".")[0]


def _where(frame: types.FrameType | None) -> str:
    """The innermost place."""
    return "nowhere" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"
