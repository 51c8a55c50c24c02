"""Tenants: made by the service owner, known to the directory."""

from tympan_hub.domain.errors import Taken
from tympan_hub.domain.ids import SERVICE, TenantId, word_from
from tympan_hub.domain.people import Act, Actor, email_address
from tympan_hub.domain.tenants import Tenant, check_tenant_name
from tympan_hub.ports import Clock, Units
from tympan_hub.service.audit import record


class TenantService:
    """Adds and lists tenants."""

    def __init__(self, units: Units, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def add(self, by: Actor, name: str, *, administrator: str = "") -> Tenant:
        """Makes a tenant under a free id made from its name.

        Args:
            by: Who makes it.
            name: Its name for people.
            administrator: Address of the person who is to be its first one; "" for nobody yet.

        Raises:
            BadInput: The name is none, or the address.
            Taken: Another tenant has the name.
        """
        by.require(Act.MANAGE_TENANTS, SERVICE)
        check_tenant_name(name)
        if administrator:
            email_address(administrator)
        now = self._clock.now()
        async with self._units.writing() as unit:
            there = await unit.directory.tenants()
            if any(tenant.name == name for tenant in there):
                raise Taken(f"there is a tenant called {name!r} already", next_step="Choose another name.")
            made = TenantId(word_from(name, {tenant.id for tenant in there}, otherwise="tenant"))
            await unit.tenants.add(made, name, now)
            await record(unit, SERVICE, by, "tenant.add", made, name, at=now)
        return Tenant(id=made, name=name, created_at=now)

    async def list(self, by: Actor) -> tuple[Tenant, ...]:
        """All tenants, by name."""
        by.require(Act.MANAGE_TENANTS, SERVICE)
        async with self._units.reading() as unit:
            return await unit.directory.tenants()

    async def get(self, tenant: TenantId) -> Tenant | None:
        """One, for those who belong to it; None for the service itself."""
        if tenant == SERVICE:
            return None
        async with self._units.reading() as unit:
            return await unit.tenants.get(tenant)
