"""Providers as strangers see them before anybody is signed in."""

from attrs import frozen

from tympan_hub.domain.ids import SERVICE, ProviderId, TenantId
from tympan_hub.domain.providers import Provider
from tympan_hub.ports import Units


@frozen(kw_only=True)
class Door:
    """A provider as strangers see it.

    Attributes:
        whose: Its tenant's id.
        provider: Its id.
        name: For people.
        issuer: Its issuer.
    """

    whose: TenantId
    provider: ProviderId
    name: str
    issuer: str


class DoorService:
    """Providers through which people may come in."""

    def __init__(self, units: Units) -> None:
        self._units = units

    async def for_strangers(self, email: str = "") -> tuple[Door, ...]:
        """Providers a stranger may choose from.

        They are those of the service, and of the only tenant there is, or of the one the domain of this address
        belongs to: which other tenants there are is nobody's business.
        """
        async with self._units.reading() as unit:
            found = [each for each in await unit.providers.all(SERVICE) if not each.for_owners]
            tenants = await unit.directory.tenants()
            domain = email.strip().lower()[:254].rpartition("@")[2]
            whose = tenants[0].id if len(tenants) == 1 else await unit.directory.of_domain(domain) if domain else None
            if whose is not None and whose != SERVICE:
                found += await unit.providers.all(whose)
        fitting_first = sorted(found, key=lambda each: (domain not in each.domains if domain else False, each.name))
        return tuple(_door(each) for each in fitting_first)

    async def for_owners(self) -> tuple[Door, ...]:
        """Providers of service owners."""
        async with self._units.reading() as unit:
            found = await unit.providers.all(SERVICE)
        return tuple(_door(each) for each in found if each.for_owners)

    async def others(self) -> bool:
        """Whether there may be providers that are shown only to people who say their address."""
        async with self._units.reading() as unit:
            return len(await unit.directory.tenants()) > 1


def _door(known: Provider) -> Door:
    return Door(whose=known.tenant, provider=known.id, name=known.name, issuer=known.issuer)
