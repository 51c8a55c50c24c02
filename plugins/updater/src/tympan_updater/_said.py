"""What the hub said last of updates: where it refuses to say it again, what was stopped stays stopped.

- It is what one hub said to this agent as a member; whoever leaves it, or joins another, begins anew.
- Nothing of it is secret, and it starts nothing: it holds back.
"""

from __future__ import annotations

from pathlib import Path

import attrs

from tympan.plugin import Member
from tympan_updater._installation import read_table, write_table
from tympan_wire.hub import STOPPED_TOLD, HubMessageError, UpdatesWanted, decode, encode


class Said:
    """A small file of the plugin's folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "said.json"

    def keep(self, member: Member, wanted: UpdatesWanted) -> None:
        """Writes it down, when it is news."""
        short = attrs.evolve(wanted, stopped=wanted.stopped[:STOPPED_TOLD])
        table = {"v": 1, "by": _by(member), "said": encode(short).decode()}
        if table != read_table(self._path):
            write_table(self._path, table)

    def of(self, member: Member | None) -> UpdatesWanted | None:
        """What it was; of any hub where nobody can say which one this agent belongs to. None where nothing was said."""
        table = read_table(self._path)
        if member is not None and table.get("by") != _by(member):
            return None
        try:
            return decode(UpdatesWanted, str(table.get("said", "")).encode())
        except HubMessageError:
            return None

    def forget(self) -> None:
        """This agent belongs to no hub any more."""
        self._path.unlink(missing_ok=True)


def _by(member: Member) -> list[str]:
    return [member.address, member.tenant, member.agent]
