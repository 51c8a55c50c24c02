"""Pull printing in every state a person may find it in: devices well and ill, jobs that come out and do not."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from portal_rig._hub import PASSWORD
from tympan_hub.adapters.sql import Database, SqlUnits
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.agents import Agent, Platform
from tympan_hub.domain.ids import SERVICE, AgentId, BatchId, JobId, PrinterId, ProcessId, ReleaseId, TenantId
from tympan_hub.domain.jobs import Job, Pages, Standing
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.domain.printers import Delivery, DeviceSeen, Printer
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import Mirroring, PullSettings
from tympan_hub.domain.releases import Release, ReleaseState
from tympan_hub.ports import Unit
from tympan_hub.service import Services

AWAKE, ASLEEP, REVOKED = AgentId("a" * 32), AgentId("b" * 32), AgentId("d" * 32)
BOSS = "ann@stage.example"
_QUEUE, _COUNTED = PrinterId("follow-me"), PrinterId("counted")
_LONG = "Grundriss_Haus_B_3.OG_Elektro_Planstand_2026-11-24_rev_F_mit_Anmerkungen_der_Bauleitung.pdf"
_HOLDERS = ("nothing", "awake", "asleep", "revoked", "quota", "under")
_DEVICES: dict[str, tuple[str, dict[str, Any] | None]] = {
    "Copy room": ("Building A, ground floor", {}),
    "Empty": ("Building A, first floor", {"reason": "media-empty"}),
    "Silent": ("Building B", {"reachable": False}),
    "Plain": ("Building A, attic", {"color": False, "duplex": False}),
    "Letter": ("Building C", {"media": ("na_letter_8.5x11in",)}),
    "Screen": ("Building A, ground floor, beside the canteen, behind the second door", {}),
    "Near": ("Building A", {}),
    "Far": ("Building D", {}),
    "Never seen": ("", None),
}
"""Devices, where they stand, and how they are; one that nobody saw has nothing."""

_BATCHES: dict[str, tuple[tuple[Standing, ReleaseState, str], ...]] = {
    "waiting": ((Standing.HELD, ReleaseState.WAITING, ""),),
    "sleeping": ((Standing.HELD, ReleaseState.WAITING, "asleep"),),
    "preparing": ((Standing.SENDING, ReleaseState.TAKEN, ""),),
    "printing": ((Standing.PRINTING, ReleaseState.BEGUN, ""), (Standing.HELD, ReleaseState.WAITING, "")),
    "stopped": ((Standing.PRINTING, ReleaseState.BEGUN, ""),),
    "done": ((Standing.COMPLETED, ReleaseState.ENDED, ""),),
    "refused": ((Standing.HELD, ReleaseState.REFUSED, "The printer has no paper of this size."),),
    "expired": ((Standing.HELD, ReleaseState.EXPIRED, ""),),
    "failed": ((Standing.ABORTED, ReleaseState.ENDED, "The device refused the job: document-format-error"),),
    "canceled": ((Standing.CANCELED, ReleaseState.ENDED, ""),),
    "unknown": ((Standing.UNKNOWN, ReleaseState.ENDED, ""), (Standing.COMPLETED, ReleaseState.ENDED, "")),
}
"""Releases by what became of them: where the job stands, where the release does, and what the agent said."""


@attrs.frozen
class Stages:
    """What stands where.

    Attributes:
        codes: Short codes of devices, by their names.
        batches: Releases by what became of them.
        screen: Path of the page of a screen beside a device.
        empty_screen: The same at a device that is out of paper.
    """

    codes: dict[str, str]
    batches: dict[str, str]
    screen: str
    empty_screen: str


def email(who: str) -> str:
    """Of one of those who hold jobs."""
    return f"{who}@stage.example"


def stages(home: Path) -> Stages:
    """Makes a hub with all of this in a state folder."""
    return asyncio.run(_stages(Home(home)))


async def _stages(home: Home) -> Stages:
    async with hub(home) as services:
        tenant = (await services.tenants.add(CONSOLE, "Stage")).id
        add = services.people.add
        boss = await add(tenant, CONSOLE, email=BOSS, name="Ann", role=Role.ADMINISTRATOR, password=PASSWORD)
        people = {
            who: await add(tenant, CONSOLE, email=email(who), name=who, role=Role.USER, password=PASSWORD)
            for who in _HOLDERS
        }
        devices = await _printers(services, tenant, boss)
        database = Database(home.database)
        try:
            async with SqlUnits(database).writing() as unit:
                await _seen(unit, tenant, devices)
                await _hold(unit, tenant, people)
                batches = await _released(unit, tenant, people["under"], devices)
        finally:
            await database.close()
        links = [await services.points.kiosk_link(tenant, boss, devices[name].id) for name in ("Screen", "Empty")]
        codes = {point.printer.name: point.code for point in await services.points.all(tenant, boss)}
    return Stages(codes, batches, *(f"/kiosk/{link}" for link in links))


async def _printers(services: Services, tenant: TenantId, boss: Person) -> dict[str, Printer]:
    pull = PullSettings(mirror=Mirroring.AGENTS, offline=True)
    for name, how in (("Follow me", pull), ("Counted", PullSettings(pages_a_month=3))):
        await services.printers.add(tenant, boss.actor, name=name, uri="", delivery=Delivery.PULL, pull=how)
    made = {}
    for name, (location, _) in _DEVICES.items():
        uri = f"ipp://{name.lower().replace(' ', '-')}.example/ipp/print"
        made[name] = await services.printers.add(tenant, boss.actor, name=name, uri=uri, location=location)
    await services.points.make(tenant, boss, tuple(one.id for one in made.values()))
    for name, wanted in (("Screen", Proximity.ROTATING), ("Near", Proximity.NEAR), ("Far", Proximity.NEAR)):
        await services.points.set_proximity(tenant, boss, made[name].id, wanted)
    return made


async def _seen(unit: Unit, tenant: TenantId, devices: dict[str, Printer]) -> None:
    process, now = ProcessId("e" * 32), dt.datetime.now(dt.UTC)
    for agent, name in ((AWAKE, "LAPTOP-BEN"), (ASLEEP, "DESK-07"), (REVOKED, "STOLEN")):
        await unit.agents.add(tenant, _agent(tenant, agent, name))
    await unit.agents.revoke(tenant, REVOKED, now)
    await unit.processes.beat(SERVICE, process, now + dt.timedelta(hours=1))  # lives as long as anybody looks
    await unit.presences.add(tenant, process, [AWAKE])
    for name, (_, how) in _DEVICES.items():
        if how is not None and name != "Far":
            look = DeviceSeen(printer=devices[name].id, agent=AWAKE, reachable=True, observed_at=now)
            good: dict[str, Any] = {"color": True, "duplex": True, "media": ("iso_a4_210x297mm",)}
            await unit.printers.saw_device(tenant, attrs.evolve(look, **{**good, **how}))
    await unit.near_doors.put(tenant, AWAKE, ("http://192.0.2.7:39151", "http://[2001:db8::7]:39151"), now)


def _agent(tenant: TenantId, agent: AgentId, name: str) -> Agent:
    now = dt.datetime.now(dt.UTC)
    return Agent(
        id=agent,
        tenant=tenant,
        name=name,
        platform=Platform.LINUX,
        release="0.1.0",
        public_key=b"key",
        certificate="none",
        enrolled_at=now,
        seen_at=now,
    )


async def _hold(unit: Unit, tenant: TenantId, people: dict[str, Person]) -> None:
    titles = ("Quarterly report.pdf", _LONG, "<script>alert('held')</script>", "")
    jobs: list[Job] = []
    for who, agents, queue in (
        ("awake", (AWAKE,) * 4, _QUEUE),
        ("asleep", (AWAKE, ASLEEP), _QUEUE),
        ("revoked", (REVOKED,), _QUEUE),
        ("quota", (AWAKE, AWAKE), _COUNTED),
    ):
        jobs += [_job(tenant, people[who], agent, queue, titles[n], n) for n, agent in enumerate(agents)]
    await unit.jobs.put(tenant, jobs, {})


def _job(
    tenant: TenantId, person: Person, agent: AgentId, queue: PrinterId, title: str, number: int, **other: Any
) -> Job:
    now = dt.datetime.now(dt.UTC)
    job = Job(
        id=JobId(uuid.uuid4()),
        tenant=tenant,
        agent=agent,
        revision=1,
        printer=queue,
        title=title,
        user=person.login,
        person=person.id,
        standing=Standing.HELD,
        created_at=now - dt.timedelta(minutes=9 - number),
        ended_at=None,
        size_bytes=4_711,
        pages=Pages(
            pages=number * 4 + 1,
            copies=number + 1,
            color_pages=(number + 1) % 2,
            sides="two-sided-long-edge",
            sizes=("iso_a4_210x297mm",),
        ),
        story=(),
        held_until=now + dt.timedelta(hours=20 if number != 2 else 1),
    )
    return attrs.evolve(job, **other)


async def _released(unit: Unit, tenant: TenantId, person: Person, devices: dict[str, Printer]) -> dict[str, str]:
    batches = {}
    for name, told in _BATCHES.items():
        batches[name] = uuid.uuid4().hex
        point = devices["Empty" if name == "stopped" else "Copy room"].id
        jobs = [
            _job(
                tenant,
                person,
                ASLEEP if said == "asleep" else AWAKE,
                _QUEUE,
                ("Quarterly report.pdf", "Lunch menu")[place],
                2,
                standing=standing,
                impressions_completed=4 if standing is Standing.PRINTING else None,
                detail=said if standing is Standing.ABORTED else "",
                ended_at=dt.datetime.now(dt.UTC) if state is ReleaseState.ENDED else None,
            )
            for place, (standing, state, said) in enumerate(told)
        ]
        await unit.jobs.put(tenant, jobs, {})
        await unit.releases.add(tenant, _orders(batches[name], person, point, jobs, told))
    return batches


def _agent_of(job: Job) -> AgentId:
    if job.agent is None:
        raise ValueError("the jobs of this stage came from computers")
    return job.agent


def _orders(
    batch: str,
    person: Person,
    point: PrinterId,
    jobs: Sequence[Job],
    told: Sequence[tuple[Standing, ReleaseState, str]],
) -> list[Release]:
    now = dt.datetime.now(dt.UTC)
    return [
        Release(
            id=ReleaseId(uuid.uuid4()),
            tenant=job.tenant,
            batch=BatchId(batch),
            place=place,
            job=job.id,
            agent=_agent_of(job),
            point=point,
            person=person.id,
            by_name=person.name,
            asked_at=now,
            expires_at=now + dt.timedelta(hours=1),
            state=state,
            detail=said if state is ReleaseState.REFUSED else "",
        )
        for place, (job, (_, state, said)) in enumerate(zip(jobs, told, strict=True))
        if job.agent is not None  # those of the stages were all offered by a computer
    ]
