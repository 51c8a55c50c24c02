"""A shop that makes updates and a machine that is updated, both in folders: what tests of the updater stand on.

A version of the agent is a tree with one script in it, which answers its self-check, and a file that says how the
version behaves once it runs. Nobody needs a real agent to see whether one version works at any time.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

from tympan_release._keys import make_key, read_public
from tympan_release._making import add, begin, let_in, make_keys, set_channel
from tympan_release._publishing import publish
from tympan_release._shop import KeyRing, Shop, replace
from tympan_updater._applying import Applying
from tympan_updater._checking import ProgramCheck
from tympan_updater._errors import AgentStays
from tympan_updater._installation import Installation, Pointer, Running
from tympan_updater._keeping import Standing
from tympan_updater._sources import FolderSource, Source
from tympan_updater._wishes import Patience, Wish
from tympan_wire.updates import Version

SCRIPT = """#!/bin/sh
# A version of the agent that is made for tests: it says that it does, unless it says what does not.
echo '{"faults": %s}'
"""
PLUGINS = ("ipp_endpoint", "spool_cups")


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def bundle(
    folder: Path,
    version: str,
    *,
    plugins: Sequence[str] = PLUGINS,
    starts: bool = True,
    enrolled: bool = True,
    faults: Sequence[str] = (),
    more: Sequence[tuple[tarfile.TarInfo, bytes]] = (),
) -> Path:
    """A bundle of the agent, as it is built."""
    path = folder / f"tympan-{version}-linux-x86_64.tar.gz"
    manners = {"starts": starts, "plugins": list(plugins), "enrolled": enrolled}
    with tarfile.open(path, "w:gz") as tar:
        _put(tar, "tympan", (SCRIPT % json.dumps(list(faults))).encode(), mode=0o755)
        _put(tar, "manners.json", json.dumps(manners).encode())
        _put(tar, "_internal/library.bin", version.encode() * 1000)
        for member, data in more:
            tar.addfile(member, io.BytesIO(data))
    return path


def _put(tar: tarfile.TarFile, name: str, data: bytes, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), mode
    tar.addfile(member, io.BytesIO(data))


def wheel(folder: Path, distribution: str, version: str, *more: str) -> Path:
    """A pure wheel with one module in it, and more files."""
    name = distribution.replace("-", "_")
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", f"VERSION = {version!r}\n")
        archive.writestr(f"{name}-{version}.dist-info/METADATA", f"Name: {distribution}\nVersion: {version}\n")
        for each in more:
            archive.writestr(each, "Name: other-scan\nVersion: 9.0\n" if each.endswith("METADATA") else "")
    return path


class Workshop:
    """Whoever publishes: a shop, its keys, and the folder that agents read."""

    def __init__(self, folder: Path, *, threshold: int = 2) -> None:
        self.folder = folder / "shop"
        self.files = folder / "files"
        self.public = folder / "public"
        self.files.mkdir(parents=True)
        self.keys = self.folder / "keys"
        make_keys(self.keys, 3, None)
        begin(self.shop(), {path.stem: read_public(path) for path in self.keys.glob("*.pub")}, threshold)
        self.root = (self.folder / "metadata" / "1.root.json").read_bytes()

    def shop(self, *keys: Path, at: dt.datetime | None = None) -> Shop:
        """The shop, opened with all its keys or with some."""
        return Shop(self.folder, KeyRing.of(keys or (self.keys,), None), at or now())

    def version(self, version: str, **manners: Any) -> None:
        """Adds a version of the agent, and lets all machines run it."""
        self.add(version, **manners)
        self.name(version)

    def add(self, version: str, **manners: Any) -> None:
        """Adds a version of the agent."""
        add(self.shop(), bundle(self.files, version, **manners))

    def name(self, agent: str | None, channel: str = "all", *, lower: bool = False, **plugins: str) -> None:
        """Lets a channel name versions, and publishes."""
        pairs = {name.replace("_", "-"): version for name, version in plugins.items()}
        set_channel(self.shop(), channel, agent, pairs, lower=lower)
        self.publish()

    def publish(self, *, at: dt.datetime | None = None, days: int = 1) -> None:
        """Lays down what agents read."""
        publish(self.shop(at=at), self.public, at or now(), days)

    def vendor(self, name: str, *distributions: str) -> Path:
        """Lets a vendor in, and says where their key is."""
        path = self.folder.parent / "vendors" / f"{name}.pem"
        key = make_key(path, None)
        let_in(self.shop(), name, distributions, [key], 1)
        return path

    def source(self) -> Source:
        """What agents read."""
        return FolderSource(self.public)


@attrs.define
class Machine:
    """A machine with an installation, and whoever runs its agent."""

    place: Installation
    starts: list[str] = attrs.field(factory=list)
    deliveries: int = 0
    asked_to_rest: int = 0

    # ------------------------------------------------------------------ whoever runs the agent

    @property
    def runs(self) -> str:
        """The version that was started last; "" when it ended at once. It outlives the updater, as an agent does."""
        path = self.place.root.parent / "runs"
        return path.read_text() if path.exists() else ""

    def standing(self) -> Standing | None:
        """How the agent that was started last is."""
        if not self.runs:
            return None
        manners = self._manners(Version(self.runs))
        plugins = dict.fromkeys(manners["plugins"], "tympan")
        plugins |= {name.replace("-", "_"): name for name in self.place.running().plugins}
        return Standing(plugins=plugins, enrolled=manners["enrolled"], version=self.runs)

    def under_way(self) -> int:
        """Deliveries, one fewer at each look."""
        self.asked_to_rest += 1
        self.deliveries = max(self.deliveries - 1, 0)
        return self.deliveries

    def restart(self) -> None:
        """Starts what ``current`` means."""
        agent = self.place.running().agent
        self.starts.append(str(agent))
        well = self._manners(agent)["starts"]
        (self.place.root.parent / "runs").write_text(str(agent) if well else "")
        if not well:
            raise AgentStays(f"{agent} ended at once")

    def _manners(self, version: Version) -> dict[str, Any]:
        table: dict[str, Any] = json.loads((self.place.tree(version) / "manners.json").read_bytes())
        return table

    # ------------------------------------------------------------------ the updater

    def updater(self, clock: Callable[[], dt.datetime] = now, health_s: float = 0.0, drain_s: float = 5.0) -> Applying:
        """The updater of this machine, with a self-check that asks the version's program."""
        patience = Patience(drain_s=drain_s, health_s=health_s, lock_s=0.0, taken_up_s=0.0)
        return Applying(self.place, self, ProgramCheck(within_s=30, lowered=False), clock, patience)

    def update(self, source: Source, *, channel: str = "all", pin: str = "", again: bool = False) -> Running:
        """Brings it up to date."""
        wish = Wish(channel=channel, pin=Version(pin) if pin else None, again=again)
        return self.updater().apply(wish, source)

    @property
    def current(self) -> str:
        """The version that is meant."""
        return str(self.place.running().agent)

    def works(self) -> bool:
        """Whether what ``current`` means is whole and its program there."""
        agent = self.place.pointed(Pointer.CURRENT)
        return agent is not None and self.place.program(agent).is_file()


def machine(folder: Path, root: bytes, version: str = "1.0.0") -> Machine:
    """A machine that was installed with a version, which runs."""
    place = Installation(folder / "install")
    number = Version(version)
    (place.tree(number)).mkdir(parents=True)
    made = {"starts": True, "plugins": list(PLUGINS), "enrolled": True}
    (place.tree(number) / "manners.json").write_text(json.dumps(made))
    place.program(number).write_text(SCRIPT % "[]")
    place.program(number).chmod(0o755)
    (place.tree(number) / "complete").touch()
    for pointer in (Pointer.CURRENT, Pointer.STEADY):
        place.point(pointer, number)
    replace(place.trust, root)
    found = Machine(place)
    found.restart()
    return found
