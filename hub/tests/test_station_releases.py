"""Releases at trusted stations: by login and by badge, over the API, and attacks on both."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import attrs
import httpx
import pytest
from hub_rig import Bench, RemoteAgent, job_report, notices, report

from tympan_hub.domain.ids import PrinterId, TenantId
from tympan_hub.domain.limits.proximity import PROOFS_OF_STATION
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.printers import Delivery
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import PullSettings
from tympan_hub.domain.stations import StationMade
from tympan_wire.hub import DeviceReport, JobStanding, Operation, Releases, ReleasesRequest

pytestmark = pytest.mark.anyio
BADGE = "04:a2:4b:91"


@attrs.define
class Place:
    """A reader beside a device, and somebody with held jobs who holds a badge."""

    hub: Bench
    tenant: TenantId
    admin: Person
    ada: Person
    queue: PrinterId
    point: PrinterId
    agent: RemoteAgent
    station: StationMade

    async def holds(self, user: str = "") -> str:
        job, now = uuid.uuid4(), self.hub.clock.now()
        held = job_report(
            job,
            printer=self.queue,
            user=user or self.ada.login,
            standing=JobStanding.HELD,
            reason="job-held-for-release",
            created_at=now,
            ended_at=None,
            pages=None,
        )
        receipt = await self.agent.report(report(held, at=now))
        assert not receipt.refused
        return str(job)

    async def shows(self, token: str = "", point: str = "", **who: str) -> httpx.Response:
        """Somebody shows at the station."""
        headers = {"Authorization": f"Bearer {token or self.station.token}"}
        said = {"point": point or self.point, **who}
        return await self.hub.client.post("/api/v1/station/releases", json=said, headers=headers)

    async def ordered(self) -> list[str]:
        """Jobs the agent is to print now."""
        told: Releases = await self.agent.ask(Operation.RELEASES, ReleasesRequest())
        return [str(order.job) for order in told.orders]


async def device(hub: Bench, tenant: TenantId, admin: Person, agent: RemoteAgent, name: str) -> PrinterId:
    made = await hub.services.printers.add(tenant, admin.actor, name=name, uri=f"ipp://{name.lower()}.example/ipp")
    await hub.services.points.make(tenant, admin, (made.id,))
    seen = DeviceReport(printer=made.id, reachable=True, observed_at=hub.clock.now())
    await agent.report(report(seen, at=hub.clock.now()))
    return made.id


@pytest.fixture
async def place(hub: Bench) -> AsyncIterator[Place]:
    tenant = await hub.tenant()
    admin, ada = await hub.person(tenant), await hub.person(tenant, Role.USER)
    agent = await hub.agent(tenant)
    pull = PullSettings(proximity=Proximity.ROTATING)
    queue = await hub.services.printers.add(
        tenant, admin.actor, name="Follow me", uri="", delivery=Delivery.PULL, pull=pull
    )
    point = await device(hub, tenant, admin, agent, "Front")
    station = await hub.services.stations.make(tenant, admin, "Reader", (point,))
    await hub.services.badges.add(tenant, admin, ada.id, BADGE)
    async with notices(hub.app, agent.token):
        yield Place(hub, tenant, admin, ada, queue.id, point, agent, station)


@pytest.mark.parametrize("who", ["login", "badge"])
async def test_all_that_is_held_for_who_shows_comes_out_there(place: Place, who: str) -> None:
    jobs = [await place.holds(), await place.holds()]
    await place.holds(user="administrator")
    answer = await place.shows(**{who: place.ada.login if who == "login" else "04a24b91"})
    assert answer.status_code == 200, answer.text
    assert sorted(answer.json()["released"]) == sorted(jobs)
    assert "minutes.pdf" not in answer.text, "a station has a screen"
    assert await place.ordered() == answer.json()["released"][:1] or sorted(await place.ordered()) == sorted(jobs)


async def test_shown_twice_nothing_is_released_twice(place: Place) -> None:
    job = await place.holds()
    assert (await place.shows(badge=BADGE)).json()["released"] == [job]
    again = await place.shows(badge=BADGE)
    assert again.json()["released"] == []


async def test_a_station_releases_beside_itself_alone(place: Place) -> None:
    job = await place.holds()
    other = await device(place.hub, place.tenant, place.admin, place.agent, "Back")
    answer = await place.shows(point=other, badge=BADGE)
    assert answer.status_code in (403, 404)
    assert job not in answer.text
    assert await place.ordered() == []


async def test_strangers_and_those_locked_out_are_answered_alike(place: Place) -> None:
    await place.holds()
    unknown = await place.shows(badge="ffffffff")
    nobody = await place.shows(login="nobody")
    await place.hub.services.people.disable(place.tenant, place.admin.actor, place.ada.id)
    locked = [await place.shows(badge=BADGE), await place.shows(login=place.ada.login)]
    answers = [unknown, nobody, *locked]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert await place.ordered() == []


async def test_a_stolen_station_does_not_try_all_badges(place: Place) -> None:
    for number in range(PROOFS_OF_STATION):
        assert (await place.shows(badge=f"9999{number:04}")).status_code == 404
    assert (await place.shows(badge="99990000")).status_code == 429
    assert (await place.shows(badge=BADGE)).status_code == 429


async def test_a_station_that_was_ended_opens_nothing(place: Place) -> None:
    await place.holds()
    await place.hub.services.stations.remove(place.tenant, place.admin, place.station.station.id)
    assert (await place.shows(badge=BADGE)).status_code == 401
    assert await place.ordered() == []


async def test_a_person_of_another_tenant_is_nobody_here(place: Place) -> None:
    other = await place.hub.tenant("Other")
    boss, eve = await place.hub.person(other), await place.hub.person(other, Role.USER, "eve@other.example")
    await place.hub.services.badges.add(other, boss, eve.id, "77777777")
    assert (await place.shows(badge="77777777")).status_code == 404
    assert (await place.shows(login=eve.email)).status_code == 404


@pytest.mark.parametrize("who", [{}, {"login": "user", "badge": BADGE}, {"badge": "x"}, {"pin": "1"}])
async def test_one_of_both_is_told(place: Place, who: dict[str, Any]) -> None:
    assert (await place.shows(**who)).status_code == 400


@pytest.mark.parametrize("token", ["x", "tym_" + "a" * 43, "é" * 20])
async def test_without_a_station_s_token_nobody_is_asked(place: Place, token: str) -> None:
    headers = [(b"Authorization", f"Bearer {token}".encode("latin-1"))]
    said = {"point": place.point, "badge": BADGE}
    answer = await place.hub.client.post("/api/v1/station/releases", json=said, headers=headers)
    assert answer.status_code == 401
    assert (await place.hub.client.post("/api/v1/station/releases", json=said)).status_code == 401


async def test_a_station_s_token_opens_nothing_else(place: Place) -> None:
    headers = {"Authorization": f"Bearer {place.station.token}"}
    for path in ("/jobs", "/stations", "/people"):
        assert (await place.hub.client.get(f"/api/v1{path}", headers=headers)).status_code == 401
