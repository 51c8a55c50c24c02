"""Proofs of standing at a device, and attacks on them."""

from __future__ import annotations

import attrs
import pytest
from hub_rig import Bench

from tympan_hub.domain.errors import NotAllowed, TooMany
from tympan_hub.domain.ids import PrinterId, TenantId
from tympan_hub.domain.limits.attempts import ATTEMPTS_WINDOW
from tympan_hub.domain.limits.proximity import PROOFS_OF_PERSON, ROTATING_STEP, TICKET
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.proximity import Proximity, new_code, new_point_secret, screen_at
from tympan_hub.domain.release_points import ReleasePoint, sealed_about
from tympan_hub.service.proofs import Proofs, strongest

pytestmark = pytest.mark.anyio
SECRET = bytes(range(32))


@attrs.define
class Place:
    """A device with a sticker and a screen, and people of its tenant."""

    hub: Bench
    proofs: Proofs
    point: ReleasePoint
    ada: Person
    bob: Person

    @property
    def screen(self) -> str:
        """What it shows now."""
        return screen_at(SECRET, self.hub.clock.now())[0]

    async def check(self, wanted: Proximity, shown: str, by: Person | None = None) -> None:
        """Ada, or another, shows something."""
        await self.proofs.check(by or self.ada, self.point, wanted, shown)


def point_of(hub: Bench, tenant: TenantId, printer: str = "front", secret: bytes = SECRET) -> ReleasePoint:
    name = PrinterId(printer)
    sealed = hub.secrets.seal(secret, sealed_about(tenant, name))
    return ReleasePoint(tenant=tenant, printer=name, code=new_code(), secret=sealed, created_at=hub.clock.now())


@pytest.fixture
async def place(hub: Bench) -> Place:
    tenant = await hub.tenant()
    ada = await hub.person(tenant, Role.USER, "ada@acme.example")
    bob = await hub.person(tenant, Role.USER, "bob@acme.example")
    return Place(hub, Proofs(hub.units, hub.clock, hub.secrets), point_of(hub, tenant), ada, bob)


async def test_where_nothing_is_wanted_nothing_is_looked_at(place: Place) -> None:
    await place.check(Proximity.NONE, "")


@pytest.mark.parametrize("wanted", [Proximity.STATIC, Proximity.ROTATING, Proximity.NEAR])
async def test_nothing_shown_proves_nothing(place: Place, wanted: Proximity) -> None:
    with pytest.raises(NotAllowed):
        await place.check(wanted, "")


async def test_the_sticker_does_where_the_sticker_is_wanted(place: Place) -> None:
    await place.check(Proximity.STATIC, place.point.code.lower())


@pytest.mark.parametrize("wanted", [Proximity.ROTATING, Proximity.NEAR])
async def test_a_photographed_sticker_is_not_enough_where_more_is_wanted(place: Place, wanted: Proximity) -> None:
    with pytest.raises(NotAllowed):
        await place.check(wanted, place.point.code)
    ticket = await place.proofs.prove(place.ada, place.point, place.point.code)
    with pytest.raises(NotAllowed):
        await place.check(wanted, ticket)


async def test_the_screen_s_code_proves_it_once_of_each_person(place: Place) -> None:
    shown = place.screen
    await place.check(Proximity.ROTATING, shown)
    with pytest.raises(NotAllowed, match="before"):
        await place.check(Proximity.ROTATING, shown)
    await place.check(Proximity.ROTATING, shown, by=place.bob)


async def test_a_photograph_of_the_screen_is_worth_nothing_a_minute_later(place: Place) -> None:
    shown = place.screen
    place.hub.clock.forward(seconds=2 * ROTATING_STEP.total_seconds())
    with pytest.raises(NotAllowed):
        await place.check(Proximity.ROTATING, shown)


async def test_the_code_of_another_device_s_screen_proves_nothing_here(place: Place) -> None:
    other = point_of(place.hub, place.point.tenant, "back", new_point_secret())
    with pytest.raises(NotAllowed):
        await place.proofs.check(place.ada, other, Proximity.ROTATING, place.screen)


async def test_a_ticket_holds_for_its_minutes_and_not_longer(place: Place) -> None:
    ticket = await place.proofs.prove(place.ada, place.point, place.screen)
    for _ in range(2):
        place.hub.clock.forward(seconds=TICKET.total_seconds() / 2 - 1)
        ticket = await place.proofs.prove(place.ada, place.point, ticket)
        await place.check(Proximity.ROTATING, ticket)
    place.hub.clock.forward(seconds=2)
    with pytest.raises(NotAllowed, match="ended"):
        await place.check(Proximity.ROTATING, ticket)


async def test_a_stolen_ticket_is_worth_nothing_to_another_or_elsewhere(place: Place) -> None:
    ticket = await place.proofs.prove(place.ada, place.point, place.screen)
    with pytest.raises(NotAllowed):
        await place.check(Proximity.ROTATING, ticket, by=place.bob)
    for other in (point_of(place.hub, place.point.tenant, "back"), attrs.evolve(place.point, tenant=TenantId("other"))):
        with pytest.raises(NotAllowed):
            await place.proofs.check(
                place.ada,
                attrs.evolve(other, secret=place.hub.secrets.seal(SECRET, sealed_about(other.tenant, other.printer))),
                Proximity.ROTATING,
                ticket,
            )


async def test_a_changed_ticket_is_none(place: Place) -> None:
    ticket = await place.proofs.prove(place.ada, place.point, place.screen)
    for changed in (ticket[:-4] + "AAAA", ticket[:30], "t.", "t." + "A" * 5000, "t.\udcff", ticket + "é"):
        with pytest.raises((NotAllowed, TooMany)):
            await place.check(Proximity.ROTATING, changed)


async def test_guesses_are_counted_although_each_is_refused(place: Place) -> None:
    for _ in range(PROOFS_OF_PERSON):
        with pytest.raises(NotAllowed):
            await place.check(Proximity.ROTATING, new_code())
    with pytest.raises(TooMany):
        await place.check(Proximity.ROTATING, place.screen)
    await place.check(Proximity.ROTATING, place.screen, by=place.bob)
    place.hub.clock.forward(seconds=ATTEMPTS_WINDOW.total_seconds())
    await place.check(Proximity.ROTATING, place.screen)


def test_of_several_wishes_the_strictest_is_told() -> None:
    assert strongest({Proximity.NONE, Proximity.STATIC}) is Proximity.STATIC
    assert strongest({Proximity.STATIC, Proximity.ROTATING}) is Proximity.ROTATING
    assert strongest(set()) is Proximity.NONE
