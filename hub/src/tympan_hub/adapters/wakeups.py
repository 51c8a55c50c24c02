"""Wakes within one process."""

from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.wakes import Wake
from tympan_hub.ports.wakeups import Heard


class InProcess:
    """``WakeUps`` for a hub that is one process."""

    def __init__(self) -> None:
        self._heard: list[Heard] = []

    async def send(self, tenant: TenantId, wake: Wake) -> None:
        """As the port says."""
        for heard in self._heard:
            heard(tenant, wake)

    def listen(self, heard: Heard) -> None:
        """As the port says."""
        self._heard.append(heard)
