"""What ``tympan doctor`` is told of CUPS: whether it answers, and whether queues can be made."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Examined, Health
from tympan_spool_cups._errors import CommandMissing, SpoolerError
from tympan_spool_cups._lpadmin import command
from tympan_spool_cups._spooler import CupsSpooler


class CupsExaminer:
    """``Examiner`` of the print system."""

    def __init__(self, spooler: CupsSpooler) -> None:
        self._spooler = spooler

    async def examine(self) -> Sequence[Examined]:
        """Lists its queues, and looks for the command that makes them."""
        try:
            queues = await self._spooler.list_queues()
        except SpoolerError as error:
            return [Examined(topic="spooler", health=Health.PROBLEM, found=error.cause, then=error.next_step)]
        found = [Examined(topic="spooler", health=Health.OK, found=f"CUPS answers, with {len(queues)} queues")]
        if command() is None:
            missing = CommandMissing()
            found.append(Examined(topic="spooler", health=Health.NOTE, found=missing.cause, then=missing.next_step))
        return found
