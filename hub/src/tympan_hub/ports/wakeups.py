"""Word from one part of the hub to all others, in every process that serves it."""

from collections.abc import Callable
from typing import Protocol

from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.wakes import Wake

Heard = Callable[[TenantId, Wake], None]


class WakeUps(Protocol):
    """Carries wakes. What is lost costs time, never truth."""

    async def send(self, tenant: TenantId, wake: Wake) -> None:
        """Tells everybody; with the tenant ``SERVICE``, a wake of every tenant."""
        ...

    def listen(self, heard: Heard) -> None:
        """Calls ``heard`` for every wake from now on, in the event loop; it must not block."""
        ...
