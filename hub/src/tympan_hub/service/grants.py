"""Grants: handed to the phone of a job's owner while the hub is there, honoured by one agent while it is not."""

from tympan_hub.domain.grants import GrantGiven
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import Person
from tympan_hub.ports import Clock, Secrets, Units


class GrantService:
    """Grants of a tenant."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets

    async def mine(self, tenant: TenantId, by: Person) -> tuple[GrantGiven, ...]:
        """Grants for all of one's held jobs whose queue allows it, for the phone that asks now."""
        raise NotImplementedError
