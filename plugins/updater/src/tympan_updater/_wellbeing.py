"""How the agent fares beside how it fared under the version before. What is lost the hub hears, and stops what harms.

- It is looked at over a while: what is started again just now is not lost.
- What policy switched off is not lost, nor a plugin that its channel does not name any more.
- What is lost long after an update is not laid at its door.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import trio

from tympan.plugin import Host, NotFound, TympanError
from tympan_updater._installation import Running, read_table, write_table
from tympan_updater._journal import plain, read_running
from tympan_updater._limits import BLAMED, SETTLE_LOOK_S, SETTLE_S
from tympan_wire.updates import BadUpdateFile

PRINT_SYSTEM: Final = "the print system"
"""Beside the plugins: what programs print to."""
_LEFT: Final = frozenset({"running", "off"})
"""States of a plugin that nobody has to be told of."""


@attrs.frozen(kw_only=True)
class Memory:
    """What is remembered from look to look.

    Attributes:
        running: The versions it is of.
        since: When they were seen first.
        well: What was well at the last look: the distribution of each by its name.
        before: What was well under the versions before.
    """

    running: Running
    since: dt.datetime
    well: Mapping[str, str] = attrs.field(factory=dict)
    before: Mapping[str, str] = attrs.field(factory=dict)


class Wellbeing:
    """Looks from time to time. Owns: a small file of the plugin's folder."""

    def __init__(self, folder: Path, settle_s: float = SETTLE_S) -> None:
        self._path = folder / "well.json"
        self._settle_s = settle_s

    async def lost(self, host: Host, running: Running) -> tuple[str, ...]:
        """What was well under the version before and is not now: plugins by their ids, and ``PRINT_SYSTEM``."""
        memory = _brought_up(self._read(), running, host.now())
        until = trio.current_time() + self._settle_s
        while True:
            states, well = await _look(host)
            lost = tuple(sorted(name for name in memory.before if name not in well and states.get(name) not in _LEFT))
            if not lost or trio.current_time() >= until:
                break
            await trio.sleep(SETTLE_LOOK_S)
        self._write(attrs.evolve(memory, well=well))
        return lost

    def _read(self) -> Memory | None:
        table = read_table(self._path)
        try:
            return Memory(
                running=read_running(table["running"]),
                since=dt.datetime.fromisoformat(table["since"]),
                well=_named(table["well"]),
                before=_named(table["before"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, BadUpdateFile):
            return None

    def _write(self, memory: Memory) -> None:
        table = {
            "v": 1,
            "running": plain(memory.running),
            "since": memory.since.isoformat(),
            "well": dict(memory.well),
            "before": dict(memory.before),
        }
        if table != read_table(self._path):
            write_table(self._path, table)


def _brought_up(memory: Memory | None, running: Running, now: dt.datetime) -> Memory:
    """The memory, for what runs now."""
    if memory is None:
        return Memory(running=running, since=now)
    if memory.running == running:
        return memory if now - memory.since < BLAMED else attrs.evolve(memory, before={})
    gone = memory.running.plugins.keys() - running.plugins.keys()
    before = {name: of for name, of in memory.well.items() if of not in gone}
    return Memory(running=running, since=now, before=before)


async def _look(host: Host) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The state of each plugin, and what is well, by name."""
    answer = await host.control.ask("plugins", {})
    rows = [row for row in answer if isinstance(row, dict)] if isinstance(answer, list) else []
    states = {str(row["id"]): str(row["status"]) for row in rows}
    well = {str(row["id"]): str(row["distribution"]) for row in rows if row["status"] == "running"}
    prints = await _prints(host)
    if prints is None:  # no plugin of a print system runs; that one is lost, or nobody wants it
        states |= {PRINT_SYSTEM: "off"}
    return states, {**well, **({PRINT_SYSTEM: ""} if prints else {})}


async def _prints(host: Host) -> bool | None:
    try:
        await host.control.ask("queues.list", {})
    except NotFound:
        return None
    except TympanError:
        return False
    return True


def _named(table: Any) -> dict[str, str]:
    return {str(name): str(of) for name, of in table.items()}
