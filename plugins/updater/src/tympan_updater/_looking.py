"""Looks for updates and fetches them, as the agent's account: into a folder of the plugin, as a repository again.

What is verified here is verified once more by whoever installs it; this look spares that one the network.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import attrs

from tympan_updater._errors import SourceAway, TrustsNobody, UpdateError
from tympan_updater._installation import Installation, Running
from tympan_updater._limits import BUNDLE_BYTES, WHEEL_BYTES
from tympan_updater._plan import Plan, plan
from tympan_updater._repository import Repository
from tympan_updater._sources import Source
from tympan_wire.updates import Channel, Version, agent_target, channel_target, plugin_target


@attrs.frozen(kw_only=True)
class Found:
    """What a look found.

    Attributes:
        before: What runs.
        plan: What shall run.
        fetched: Whether all that takes is here.
    """

    before: Running
    plan: Plan
    fetched: bool = False

    @property
    def news(self) -> bool:
        """Whether something is to be changed."""
        return self.plan.after != self.before


class Looking:
    """Looks of one plugin.

    Args:
        place: The installation.
        folder: The plugin's own.
    """

    def __init__(self, place: Installation, folder: Path) -> None:
        self._place = place
        self._seen = folder / "seen"
        self._mirror = folder / "mirror"

    def look(
        self,
        channel: str,
        sources: Sequence[Source],
        near: Sequence[Source],
        now: dt.datetime,
        *,
        pin: Version | None = None,
        refused: Collection[tuple[str, Version]] = (),
    ) -> Found:
        """Looks at the repository, and fetches what shall run and is not here.

        Args:
            channel: Whose versions.
            sources: Who has the repository, asked one after the other.
            near: Who may have its large files, asked first.
            now: Wall clock, UTC.
            pin: The agent's version instead of the channel's.
            refused: What is not gone to.

        Raises:
            UpdateError: Nobody has it, or it is not to be believed.
        """
        repository, named = self._first(channel, sources, now)
        before = self._place.running()
        planned = plan(before, named, pin=pin, refused=refused)
        found = Found(before=before, plan=planned)
        if found.news:
            for target, most in _wanted(self._place, before, planned.after):
                self._fetch(repository, target, most, named.hashes.get(target, ""), near)
            found = attrs.evolve(found, fetched=True)
        self._hand_on(repository, channel, named, planned.after)
        return found

    def _first(self, channel: str, sources: Sequence[Source], now: dt.datetime) -> tuple[Repository, Channel]:
        try:
            root = self._place.trust.read_bytes()
        except OSError as error:
            raise TrustsNobody(self._place.trust) from error
        refusal: UpdateError = SourceAway("nobody is named who has the repository")
        for source in sources:
            try:
                repository = Repository(self._seen, root, source, self._mirror / "targets")
                repository.refresh(now)
                return repository, repository.channel(channel)
            except UpdateError as error:
                refusal = error
        raise refusal

    def _fetch(self, repository: Repository, target: str, most: int, sha256: str, near: Sequence[Source]) -> None:
        for source in near:  # whoever gives something else is no worse than one who is not there
            with contextlib.suppress(UpdateError):
                repository.fetch(target, most=most, sha256=sha256, source=source)
                return
        repository.fetch(target, most=most, sha256=sha256)

    def _hand_on(self, repository: Repository, channel: str, named: Channel, after: Running) -> None:
        """Lays the metadata beside the files, the timestamp last, and removes files that nobody wants any more."""
        folder = self._mirror / "metadata"
        folder.mkdir(parents=True, exist_ok=True)
        files = dict(repository.metadata())
        last = files.pop("timestamp.json")
        for name, data in (*files.items(), ("timestamp.json", last)):
            beside = folder / f".{name}.new"
            beside.write_bytes(data)
            beside.replace(folder / name)
        for path in folder.glob("[0-9]*.json"):
            if path.name not in files:
                path.unlink()
        meant = (*named.targets(), *_targets(after), channel_target(channel))
        kept = {target.rpartition("/")[2] for target in meant}
        for path in (self._mirror / "targets").rglob("*"):
            if path.is_file() and path.name.partition(".")[2] not in kept:
                path.unlink()


def _targets(running: Running) -> Iterator[str]:
    yield agent_target(running.agent)
    yield from (plugin_target(name, version) for name, version in running.plugins.items())


def _wanted(place: Installation, before: Running, after: Running) -> Iterator[tuple[str, int]]:
    """What is not on the disk yet, with the most bytes it may have."""
    if after.agent != before.agent and not place.whole(after.agent):
        yield agent_target(after.agent), BUNDLE_BYTES
    for name, version in after.plugins.items():
        if before.plugins.get(name) != version:
            yield plugin_target(name, version), WHEEL_BYTES
