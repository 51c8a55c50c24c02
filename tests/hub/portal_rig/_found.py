"""Devices that agents found: one with all there is to tell, one that moved, an ignored one, one that means ill."""

from __future__ import annotations

import datetime as dt

import attrs

from tympan_hub.domain.devices import Change, Difference, Intake, newly
from tympan_hub.domain.ids import AgentId, DeviceId, PrinterId, TenantId
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.sightings import (
    BY_HAND,
    IMPORT,
    Description,
    Name,
    Pause,
    Sighting,
    Supply,
    Sweep,
    Trace,
    cleaned,
)
from tympan_hub.ports import Unit

FOUND = tuple(DeviceId(f"{number:032x}") for number in range(1, 65))


async def find_devices(unit: Unit, tenant: TenantId, agents: tuple[AgentId, ...], now: dt.datetime) -> None:
    """Keeps them."""
    described = (_rich(), _moved(), _ill(), Description(name="Alter Laserdrucker"), *map(_plain, range(len(FOUND) - 4)))
    sightings = [_sighting(number, cleaned(told), agents, now) for number, told in enumerate(described)]
    rich = sightings[0]
    sightings += [_again(rich, agents[1], "wsd", Pause.OFF), _again(rich, agents[2], "bonjour", Pause.AWAY)]
    sightings.append(_again(rich, BY_HAND, IMPORT))
    first = {one.trace.device: one for one in reversed(sightings)}
    await unit.devices.put(tenant, [newly(tenant, device, one) for device, one in first.items()])
    await unit.sightings.put(tenant, sightings)
    await unit.devices.recount(tenant, FOUND)
    await unit.devices.ignore(tenant, FOUND[3], now)
    await unit.device_changes.add(tenant, _changes(agents[0], now), 50)
    await unit.intakes.put(tenant, Intake(agent=agents[1], day=now.date(), too_many=7_000, strange=1))
    await unit.sweeps.put(tenant, Sweep(agent=agents[0], method="bonjour", at=now, in_view=60, took_ms=4_000))
    moved = Printer(
        id=PrinterId("moved"), tenant=tenant, name="Umgezogen", uri="ipp://192.0.2.99/ipp/print", created_at=now,
        device=FOUND[1],
    )  # fmt: skip
    await unit.printers.add(tenant, moved)


def _rich() -> Description:
    supplies = (("Black Cartridge HP CF410X", 64), ("Cyan", 8), ("Magenta", 31), ("Waste toner box", 55))
    return Description(
        uuid="5a1e0f6c-52ad-4d1e-9c1f-00155d4e1a01",
        serial="VNB3K12345",
        name="HP Color LaserJet MFP M477fdw (3. OG, Flur links)",
        make_and_model="HP Color LaserJet MFP M477fdw",
        location="Haus B, 3. OG, Flur links neben der Teeküche",
        firmware="20240207",
        formats=("application/pdf", "image/urf", "image/pwg-raster", "image/jpeg", "application/postscript"),
        color=True,
        sides=("one-sided", "two-sided-long-edge", "two-sided-short-edge"),
        media=("iso_a4_210x297mm", "iso_a5_148x210mm", "na_letter_8.5x11in"),
        state="idle",
        reasons=("toner-low-warning",),
        supplies=(*(Supply(name=name, percent=left) for name, left in supplies), Supply(name="Fuser")),
        more_info="https://192.0.2.10/",
    )


def _moved() -> Description:
    return Description(name="Umgezogener Drucker", make_and_model="Brother HL-L2350DW", formats=("image/urf",))


def _ill() -> Description:
    words = "<script>alert('device')</script>\u202egnp.exe " + "W" * 3_000
    return Description(name=words, location=words, make_and_model=words, formats=(words,), media=(words,))


def _plain(number: int) -> Description:
    return Description(name=f"Printer {number:02}", make_and_model="Contoso 9000", location=f"Room {number}")


def _sighting(number: int, told: Description, agents: tuple[AgentId, ...], now: dt.datetime) -> Sighting:
    address = f"192.0.2.{number + 10}"
    trace = Trace(
        name=Name(agents[0], "bonjour", str(number)),
        device=FOUND[number],
        in_view=number != 3,
        first_seen_at=now - dt.timedelta(days=40),
        seen_at=now - dt.timedelta(hours=number),
        uuid=told.uuid,
        fingerprint="5e" * 32 if number < 2 else "",
        mac=f"00:00:5e:00:53:{number:02x}",
        host=address,
        model=told.make_and_model,
    )
    return Sighting(
        trace=trace, uri=f"ipps://{address}/ipp/print", host_name=f"printer-{number}.local", addresses=(address,),
        description=told,
    )  # fmt: skip


def _again(sighting: Sighting, agent: AgentId, method: str, paused: Pause = Pause.NONE) -> Sighting:
    trace = attrs.evolve(sighting.trace, name=Name(agent, method, "other"), in_view=False, paused=paused)
    return attrs.evolve(sighting, trace=trace, detail="The device was not asked itself: it takes no jobs by IPP.")


def _changes(agent: AgentId, now: dt.datetime) -> list[Change]:
    differences = (
        Difference(field="firmware", before=("20230101",), after=("20240207",)),
        Difference(field="formats", before=("application/vnd.hp-pcl",), after=("image/urf", "image/pwg-raster")),
        Difference(field="color", before=("no",), after=("yes",)),
    )
    at = now - dt.timedelta(days=2)
    return [Change(device=FOUND[0], at=at, agent=agent, method="bonjour", differences=differences)]
