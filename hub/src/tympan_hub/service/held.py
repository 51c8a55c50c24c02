"""Held jobs: their owner sees them in the order in which they would come out, changes and deletes them."""

from collections.abc import Sequence

from tympan_hub.domain.held import Changes, Held
from tympan_hub.domain.ids import JobId, TenantId
from tympan_hub.domain.people import Person
from tympan_hub.ports import Clock, Units, WakeUps
from tympan_hub.service.presence import PresenceService


class HeldService:
    """Jobs held for a person."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps, presence: PresenceService) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups
        self._presence = presence

    async def mine(self, tenant: TenantId, by: Person) -> tuple[Held, ...]:
        """One's own held jobs, in the order one wants them."""
        raise NotImplementedError

    async def change(self, tenant: TenantId, by: Person, job: JobId, changes: Changes) -> Held:
        """Replaces what is wanted of a held job otherwise than it was ordered.

        Raises:
            NotFound: It is not theirs, or not held any more.
            Conflict: It is released already.
        """
        raise NotImplementedError

    async def reorder(self, tenant: TenantId, by: Person, jobs: Sequence[JobId]) -> tuple[Held, ...]:
        """Puts jobs into this order; those not named stay behind them as they were."""
        raise NotImplementedError

    async def delete(self, tenant: TenantId, by: Person, jobs: Sequence[JobId]) -> None:
        """Deletes held jobs: their computers cancel them, and what lies at the hub goes at once.

        Raises:
            NotFound: One is not theirs, or not held any more.
        """
        raise NotImplementedError
