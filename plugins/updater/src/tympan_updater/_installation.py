"""An installation on the disk: versions side by side, and the pointers that say which one is meant.

- ``versions/<version>/`` is whole or not there: it is made under another name, its mark ``complete`` is written last,
  and then it gets its name. It never changes afterwards.
- ``current`` is what runs, ``previous`` what is come back to, ``steady`` the last that proved itself: the updater runs
  from there, so that no broken version has to rescue itself. Each is a link that is replaced in one step.
- ``plugins/current.json`` names the plugins in use that were updated by themselves; it is replaced in one step, too.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import attrs

from tympan_updater._errors import NotInstalled, UpdaterBusy
from tympan_updater._limits import LOCK_LOOK_S, PLAIN_FILE_BYTES
from tympan_wire.updates import BadUpdateFile, Version, is_distribution

COMPLETE: Final = "complete"
"""The last file of a tree: without it, there is no such version."""

_COMING: Final = ".coming-"
_GOING: Final = ".going-"
TRIAL: Final = ".trial-"
"""Where a version is tried, with copies of keys in it."""


class Pointer(StrEnum):
    """What says which version is meant."""

    CURRENT = "current"
    PREVIOUS = "previous"
    STEADY = "steady"


@attrs.frozen(kw_only=True)
class Running:
    """What an installation runs.

    Attributes:
        agent: The agent's version.
        plugins: Plugins that were updated by themselves, by distribution.
    """

    agent: Version
    plugins: dict[str, Version] = attrs.field(factory=dict)

    def folders(self) -> tuple[str, ...]:
        """The plugins' folders."""
        return tuple(f"{name.replace('-', '_')}-{version}" for name, version in sorted(self.plugins.items()))


class Installation:
    """Paths and pointers below the root folder of an installation."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.versions = root / "versions"
        self.plugins = root / "plugins"
        self.trust = root / "trust" / "root.json"
        self.work = root / "update"

    # ------------------------------------------------------------------ looking

    def running(self) -> Running:
        """What is meant to run now.

        Raises:
            NotInstalled: There is no version.
        """
        agent = self.pointed(Pointer.CURRENT)
        if agent is None:
            raise NotInstalled(f"{self.root} holds no installation of Tympan")
        return Running(agent=agent, plugins=self._plugins_in_use())

    def pointed(self, pointer: Pointer) -> Version | None:
        """The version a pointer means; None when it means none that is whole."""
        try:
            version = Version((self.root / pointer.value).readlink().name)
        except (OSError, BadUpdateFile):
            return None
        return version if self.whole(version) else None

    def tree(self, version: Version) -> Path:
        """Where a version lies."""
        return self.versions / str(version)

    def program(self, version: Version) -> Path:
        """A version's program."""
        return self.tree(version) / "tympan"

    def whole(self, version: Version) -> bool:
        """Whether all of a version is there."""
        return (self.tree(version) / COMPLETE).is_file()

    def installed(self) -> tuple[Version, ...]:
        """Every version that is whole, the lowest first."""
        return tuple(sorted(version for version in _named(self.versions) if self.whole(version)))

    def _plugins_in_use(self) -> dict[str, Version]:
        table = read_table(self.plugins / "current.json")
        names = table.get("use", []) if isinstance(table.get("use"), list) else []
        found = (parted(name) for name in names if isinstance(name, str))
        return dict(filter(None, found))

    # ------------------------------------------------------------------ changing

    def point(self, pointer: Pointer, version: Version) -> None:
        """Lets a pointer mean a version, in one step."""
        beside = self.root / f".{pointer.value}.new"
        beside.unlink(missing_ok=True)
        beside.symlink_to(f"versions/{version}")
        beside.replace(self.root / pointer.value)
        sync(self.root)

    def use_plugins(self, running: Running) -> None:
        """Names the plugins in use, in one step."""
        if running.plugins != self._plugins_in_use():
            self.plugins.mkdir(exist_ok=True)
            write_table(self.plugins / "current.json", {"v": 1, "use": list(running.folders())})

    @contextlib.contextmanager
    def coming(self, place: Path) -> Iterator[Path]:
        """A folder under another name, which gets its own once all is in it and on the disk."""
        beside = place.with_name(f"{_COMING}{place.name}")
        shutil.rmtree(beside, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        (beside / COMPLETE).touch()
        for folder in (*(path for path in beside.rglob("*") if path.is_dir() and not path.is_symlink()), beside):
            sync(folder)
        if place.exists():  # an earlier one that was not whole, or was found broken
            self.drop(place)
        beside.replace(place)
        sync(place.parent)

    def drop(self, place: Path) -> None:
        """Removes a tree: first its name, so that what is half gone is never taken for whole."""
        beside = place.with_name(f"{_GOING}{place.name}")
        shutil.rmtree(beside, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            place.replace(beside)
            sync(place.parent)
            shutil.rmtree(beside, ignore_errors=True)

    def tidy(self) -> None:
        """Removes what was begun and never finished."""
        for folder in (self.versions, self.plugins):
            for path in (*folder.glob(f"{_COMING}*"), *folder.glob(f"{_GOING}*")):
                shutil.rmtree(path, ignore_errors=True)
        for path in self.work.glob(f"{TRIAL}*"):
            shutil.rmtree(path, ignore_errors=True)

    def prune(self, keep: Sequence[Running]) -> None:
        """Removes versions and plugins that nothing means any more, and leftovers. A version that still runs stays: an
        agent that nobody started again needs its files.
        """
        self.tidy()
        meant = {self.pointed(pointer) for pointer in Pointer} | {running.agent for running in keep}
        started = self._started()
        for version in self.installed():
            if version not in meant and str(version) not in started:
                self.drop(self.tree(version))
        folders = {name for running in keep for name in running.folders()}
        for path in self.plugins.glob("*-*"):
            if path.is_dir() and path.name not in folders:
                self.drop(path)

    def _started(self) -> set[str]:
        """Folders of versions that programs run from, as far as this account may see."""
        home, found = self.versions.resolve(), set()
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, ValueError):  # it ended, is not ours to see, or runs from elsewhere
                found.add((process / "exe").readlink().relative_to(home).parts[0])
        return found

    @contextlib.contextmanager
    def locked(self, within_s: float = 0.0) -> Iterator[None]:
        """One updater at a time, and none beside a package's script, which holds the same lock (flock(1)); a dead one
        holds nothing. No other account can open it, or the agent's could hold updates and packages off.

        Raises:
            UpdaterBusy: Another one is at work, and goes on for longer.
        """
        import fcntl  # an updater on Windows has another way to be alone

        self.work.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.work / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        until = time.monotonic() + within_s
        try:
            os.fchmod(descriptor, 0o600)
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() >= until:
                        raise UpdaterBusy from error
                time.sleep(LOCK_LOOK_S)
            yield
        finally:
            os.close(descriptor)


def parted(folder: str) -> tuple[str, Version] | None:
    """The distribution and version that a plugin's folder is named for."""
    name, dash, version = folder.rpartition("-")
    distribution = name.replace("_", "-")
    try:
        return (distribution, Version(version)) if dash and is_distribution(distribution) else None
    except BadUpdateFile:
        return None


def _named(folder: Path) -> Iterator[Version]:
    for path in folder.glob("[0-9]*"):
        with contextlib.suppress(BadUpdateFile):
            yield Version(path.name)


def read_table(path: Path) -> dict[str, Any]:
    """A small JSON object; an empty one when there is none that could be read."""
    try:
        with path.open("rb") as file:
            table = json.loads(file.read(PLAIN_FILE_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def write_table(path: Path, table: object) -> None:
    """Replaces a small JSON file in one step; on the disk when it returns."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(table, file, sort_keys=True, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Makes a folder's entries durable, where the system has a way to."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
