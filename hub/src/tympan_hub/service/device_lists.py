"""Lists of devices: written for spreadsheets, and brought by administrators."""

from collections.abc import Sequence

from attrs import evolve, frozen

from tympan_hub.domain.device_lists import DeviceList, Fault, Line, cells_of, read_list, sighting_of
from tympan_hub.domain.devices import Device, DeviceFilter
from tympan_hub.domain.ids import DeviceId, TenantId, is_id
from tympan_hub.domain.limits.devices import DEVICE_LIST_FAULTS
from tympan_hub.domain.limits.pages import PAGE_MOST
from tympan_hub.domain.moves import best_uri, certificate_beside
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.sightings import Sighting
from tympan_hub.ports import Clock, Unit, Units
from tympan_hub.service.audit import record
from tympan_hub.service.settling import going_on, put_to_devices
from tympan_hub.service.sighting_reports import digest_of
from tympan_hub.service.views import PART


@frozen(kw_only=True)
class ListRead:
    """What a list comes to.

    Attributes:
        taken: Devices that are told, or told otherwise than known; their lines.
        same: How many lines tell nothing new.
        faults: What is wrong with the first lines that are.
        wrong: How many lines are wrong.
        unknown: Columns that tell nothing here.
    """

    taken: tuple[Line, ...]
    same: int
    faults: tuple[Fault, ...]
    wrong: int
    unknown: tuple[str, ...]


class DeviceListService:
    """Lists of devices of a tenant."""

    def __init__(self, units: Units, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def part(
        self, tenant: TenantId, by: Actor, wanted: DeviceFilter, after: tuple[str, DeviceId] | None
    ) -> tuple[tuple[Device, dict[str, str]], ...]:
        """Devices that come after a name and id, each with its cells: as many as are written in one go."""
        by.require(Act.SEE_ALL_PRINTERS, tenant)
        async with self._units.reading() as unit:
            devices = await unit.devices.following(tenant, evolve(wanted, limit=PAGE_MOST), after)
            return tuple(zip(devices, await _cells(unit, tenant, devices), strict=True))

    async def preview(self, tenant: TenantId, by: Actor, text: str) -> ListRead:
        """What would come of a list. Raises ``BadInput`` when it is none."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        listed = read_list(text)
        async with self._units.reading() as unit:
            return _read(listed, await self._news(unit, tenant, listed))

    async def take(self, tenant: TenantId, by: Actor, text: str) -> ListRead:
        """Takes what is right in a list. Raises ``BadInput`` when it is none."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        listed = read_list(text)
        async with self._units.writing("", PART) as unit:
            news = await self._news(unit, tenant, listed)
            known = {trace.name: trace for trace in await unit.sightings.known(tenant, [s.trace.name for _, s in news])}
            kept = [going_on(sighting, known.get(sighting.trace.name)) for _, sighting in news]
            await put_to_devices(unit, tenant, kept, known)
            if news:
                await record(unit, tenant, by, "device.import", "devices", str(len(news)), at=self._clock.now())
        return _read(listed, news)

    async def _news(self, unit: Unit, tenant: TenantId, listed: DeviceList) -> list[tuple[Line, Sighting]]:
        """Lines that tell something; of those about one device the last."""
        now = self._clock.now()
        sightings = {line.number: _marked(sighting_of(line, now)) for line in listed.lines}
        there = await _as_written(unit, tenant, listed)
        last = {sightings[line.number].trace.name: line for line in listed.lines}
        known = {trace.name: trace for trace in await unit.sightings.known(tenant, last)}
        return [
            (line, sightings[line.number])
            for name, line in last.items()
            if there.get(line.cells.get("id", "")) != line.cells
            and (name not in known or known[name].digest != sightings[line.number].trace.digest)
        ]


def _read(listed: DeviceList, news: list[tuple[Line, Sighting]]) -> ListRead:
    return ListRead(
        taken=tuple(line for line, _ in news),
        same=len(listed.lines) - len(news),
        faults=listed.faults[:DEVICE_LIST_FAULTS],
        wrong=len(listed.faults),
        unknown=listed.unknown,
    )


def _marked(sighting: Sighting) -> Sighting:
    return evolve(sighting, trace=evolve(sighting.trace, digest=digest_of(sighting)))


async def _as_written(unit: Unit, tenant: TenantId, listed: DeviceList) -> dict[str, dict[str, str]]:
    """Devices of the ids that are told, as the hub's own file writes them."""
    told = [DeviceId(name) for line in listed.lines if is_id(name := line.cells.get("id", ""))]
    devices = await unit.devices.some(tenant, dict.fromkeys(told))
    return dict(zip((device.id for device in devices), await _cells(unit, tenant, devices), strict=True))


async def _cells(unit: Unit, tenant: TenantId, devices: tuple[Device, ...]) -> list[dict[str, str]]:
    seen: dict[DeviceId, list[Sighting]] = {}
    for sighting in await unit.sightings.places(tenant, [device.id for device in devices]):
        seen.setdefault(sighting.trace.device, []).append(sighting)
    return [_written(device, seen.get(device.id, ())) for device in devices]


def _written(device: Device, seen: Sequence[Sighting]) -> dict[str, str]:
    uri = best_uri(seen)
    return cells_of(device, uri, certificate_beside(uri, seen, device.fingerprint))
