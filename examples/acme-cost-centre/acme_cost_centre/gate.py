"""The gate."""

import trio

from acme_cost_centre.desk import REASON, Desk
from tympan.plugin import Go, Hold, Job, Printer


class CostCentreGate:
    """Holds a job that nobody pays for yet."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def check(self, job: Job, printer: Printer) -> Go | Hold:
        """Whether somebody pays."""
        await trio.lowlevel.checkpoint()
        if self._desk.centre_of(job):
            return Go()
        return Hold(reason=REASON, detail="Say which cost centre pays for it.")
