"""How far an update has come: a line on the disk before each step, so that whoever comes after a crash goes on.

- The table says every step there is; a step that is not in it raises, and changes nothing.
- Until the switch nothing is lost by beginning anew. From the switch on there is a way forth and a way back, and both
  end with a version that runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import attrs

from tympan_updater._installation import Installation, Running, parted, read_table, write_table
from tympan_updater._limits import EXPECTED
from tympan_updater._words import names, sentence
from tympan_wire.updates import BadUpdateFile, Version


class Phase(StrEnum):
    """How far it has come."""

    UNPACKING = "unpacking"
    """Nothing is switched; what is unpacked may be half there."""
    SWITCHING = "switching"
    """The new version is whole and does; pointers may be changed or not, the agent started again or not."""
    PROVING = "proving"
    """The new version was started, and has to show that it is well."""
    RETURNING = "returning"
    """The new version is not well; pointers may be changed back or not."""
    KEPT = "kept"
    """The new version is well; what is old may be gone or not."""


class Step(StrEnum):
    """What happened."""

    READY = "ready"
    STARTED = "started"
    WELL = "well"
    UNWELL = "unwell"


STEPS: Final[Mapping[tuple[Phase, Step], Phase]] = {
    (Phase.UNPACKING, Step.READY): Phase.SWITCHING,
    (Phase.SWITCHING, Step.STARTED): Phase.PROVING,
    (Phase.SWITCHING, Step.UNWELL): Phase.RETURNING,
    (Phase.PROVING, Step.WELL): Phase.KEPT,
    (Phase.PROVING, Step.UNWELL): Phase.RETURNING,
}


@attrs.frozen(kw_only=True)
class Entry:
    """An update under way.

    Attributes:
        phase: How far it has come.
        before: What ran.
        after: What shall run.
        expected: Plugins that ran before, by their ids: they must run again.
        enrolled: Whether the agent belonged to a hub.
        tries: How often somebody took it up after the switch.
        reason: Why it goes back; "" while it does not.
    """

    phase: Phase
    before: Running
    after: Running
    expected: tuple[str, ...] = ()
    enrolled: bool = False
    tries: int = 0
    reason: str = ""

    def step(self, step: Step, **changes: Any) -> Entry:
        """The entry after a step.

        Raises:
            ValueError: There is no such step from here.
        """
        try:
            phase = STEPS[self.phase, step]
        except KeyError as error:
            raise ValueError(f"no step {step} leads out of {self.phase}") from error
        return attrs.evolve(self, phase=phase, **changes)


class Journal:
    """The line on the disk."""

    def __init__(self, place: Installation) -> None:
        self.path = place.work / "journal.json"

    def read(self) -> Entry | None:
        """The update under way; None when none is. One that cannot be read is none: the pointers are whole anyway."""
        table = read_table(self.path)
        try:
            return Entry(
                phase=Phase(table["phase"]),
                before=read_running(table["before"]),
                after=read_running(table["after"]),
                expected=tuple(map(str, table["expected"])),
                enrolled=bool(table["enrolled"]),
                tries=int(table["tries"]),
                reason=str(table["reason"]),
            )
        except (KeyError, TypeError, ValueError, BadUpdateFile):
            return None

    def write(self, entry: Entry) -> None:
        """On the disk when it returns."""
        kept = attrs.evolve(entry, reason=sentence(entry.reason), expected=names(entry.expected, EXPECTED))
        table = attrs.asdict(attrs.evolve(kept, before=None, after=None))  # type: ignore[arg-type]
        write_table(self.path, {**table, "v": 1, "before": plain(entry.before), "after": plain(entry.after)})

    def close(self) -> None:
        """The update is over."""
        self.path.unlink(missing_ok=True)


def plain(running: Running) -> dict[str, Any]:
    """What runs, for JSON."""
    return {"agent": str(running.agent), "plugins": list(running.folders())}


def read_running(table: Any) -> Running:
    """What ``plain`` wrote.

    Raises:
        KeyError, TypeError, BadUpdateFile: It is none of that.
    """
    found = filter(None, (parted(str(folder)) for folder in table["plugins"]))
    return Running(agent=Version(table["agent"]), plugins=dict(found))
