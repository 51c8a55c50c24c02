"""One release among 5,000 connected agents: from the wish until the one agent that holds the job hears of it.

Ours is checked and durable before anybody hears; the peer, a bare uvicorn stream, says a line and does nothing else.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import attrs
import httpx

sys.path.append(str(Path(__file__).parents[1] / "hub"))

from crowd import Listening, agents_listening, strangers_listening
from hub_stage import PASSWORD, Estate, Served, estate, served_hub, served_peer

from figures import Row, record_row
from tympan_hub.adapters.sql import Database, SqlUnits
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import AgentId, JobId, PrinterId
from tympan_hub.domain.jobs import Job, Standing
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.printers import Delivery

AGENTS = 5_000
ROUNDS = 30
SHARES = {"p50": 0.5, "p95": 0.95}
_DAY = dt.timedelta(days=1)


@attrs.frozen(kw_only=True)
class Wishes:
    """What somebody can ask for.

    Attributes:
        token: Theirs, of the API.
        point: Where.
        code: Of its sticker.
        jobs: Held for them.
    """

    token: str
    point: str
    code: str
    jobs: tuple[str, ...]


def run() -> list[Row]:
    """The rows of this benchmark."""
    with estate(agents=AGENTS) as place:
        wishes = asyncio.run(_held(place))
        others, one = (attrs.evolve(place, agents=part) for part in (place.agents[1:], place.agents[:1]))
        with served_hub(place) as ours, agents_listening(ours, others), agents_listening(ours, one) as ear:
            taken = _released(ours, wishes, ear)
    with served_peer() as peer, strangers_listening(peer, AGENTS - 1), strangers_listening(peer, 1) as ear:
        bare = _told(peer, ear)
    return [
        record_row(f"a release told to one of {AGENTS:,} connected agents, {name}", ours=1000 * _at(share, taken),
                   peer=1000 * _at(share, bare), unit="ms", beside="bare uvicorn stream")
        for name, share in SHARES.items()
    ]  # fmt: skip


def _released(ours: Served, wishes: Wishes, ear: Listening) -> list[float]:
    headers = {"Authorization": f"Bearer {wishes.token}"}
    with httpx.Client(base_url=ours.url, headers=headers, timeout=60) as client:

        def ask(job: str) -> None:
            body = {"point": wishes.point, "jobs": [job], "proof": wishes.code}
            client.post("/api/v1/releases", json=body).raise_for_status()

        return [_heard(ear, functools.partial(ask, job)) for job in wishes.jobs]


def _told(peer: Served, ear: Listening) -> list[float]:
    with httpx.Client(base_url=peer.url, timeout=60) as client:

        def tell() -> None:
            client.post("/tell").raise_for_status()

        return [_heard(ear, tell) for _ in range(ROUNDS)]


def _heard(ear: Listening, speak: Callable[[], None]) -> float:
    [delay] = ear.delays_s(speak)
    return delay


def _at(share: float, values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def _held(place: Estate) -> Wishes:
    """A pull queue, a release point, somebody, and their jobs at the first agent."""
    home = Home(place.home)
    async with hub(home) as services:
        people, printers = services.people, services.printers
        ada = await people.add(
            place.tenant, CONSOLE, email="ada@bench.example", name="Ada", role=Role.ADMINISTRATOR, password=PASSWORD
        )
        queue = await printers.add(place.tenant, ada.actor, name="Anywhere", uri="", delivery=Delivery.PULL)
        device = await printers.add(place.tenant, ada.actor, name="Device", uri="ipp://device.example/ipp/print")
        [point] = await services.points.make(place.tenant, ada, (device.id,))
        token, _ = await services.api_tokens.make(
            place.tenant, ada.actor, name="bench", role=Role.ADMINISTRATOR, validity=_DAY
        )
    jobs = [_job(place, queue.id, ada.login) for _ in range(ROUNDS)]
    database = Database(home.where)
    try:
        async with SqlUnits(database).writing() as unit:
            await unit.jobs.put(place.tenant, jobs, {})
    finally:
        await database.close()
    return Wishes(token=token, point=device.id, code=point.code, jobs=tuple(str(job.id) for job in jobs))


def _job(place: Estate, queue: PrinterId, user: str) -> Job:
    now = dt.datetime.now(dt.UTC)
    return Job(
        id=JobId(uuid.uuid4()),
        tenant=place.tenant,
        agent=AgentId(place.agents[0]),
        revision=1,
        printer=queue,
        title="Report.pdf",
        user=user,
        standing=Standing.HELD,
        created_at=now,
        ended_at=None,
        size_bytes=46_000,
    )


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
