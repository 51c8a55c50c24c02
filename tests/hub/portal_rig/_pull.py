"""Pull printing as a tenant has it after a while: a queue that holds jobs, release points, a station, held jobs."""

from __future__ import annotations

import datetime as dt
import uuid

from portal_rig._hub import PASSWORD
from tympan_hub.adapters.sql import SqlUnits
from tympan_hub.domain.agents import Agent, Platform
from tympan_hub.domain.ids import AgentId, JobId, PrinterId, TenantId
from tympan_hub.domain.jobs import Job, Pages, Standing
from tympan_hub.domain.people import CONSOLE, Actor, Person, Role
from tympan_hub.domain.printers import Delivery
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import PullSettings
from tympan_hub.service import Services

QUEUE = PrinterId("follow-me")
COMPUTER = AgentId("c" * 32)
_LONG = "Grundriss_Haus_B_3.OG_Elektro_Planstand_2026-11-24_rev_F_mit_Anmerkungen_der_Bauleitung.pdf"
_HELD = (("Quarterly report.pdf", 20), (_LONG, 7), ("<script>alert('held')</script>", 1), ("Lunch menu", 15))


async def pull_printing(services: Services, tenant: TenantId, by: Actor, printers: tuple[PrinterId, ...]) -> None:
    """Makes the queue, release points of the printers, and a station beside the first."""
    await services.printers.add(tenant, by, name="Follow me", uri="", delivery=Delivery.PULL)
    admin = next(each for each in await services.people.list(tenant, by) if each.role is Role.ADMINISTRATOR)
    await services.points.make(tenant, admin, printers)
    await services.stations.make(tenant, admin, "Reader by the stairs", printers[:1])


async def small_office(services: Services, units: SqlUnits, user: str) -> str:
    """A tenant with one of each: a queue, a device whose screen's code is wanted, somebody who holds four jobs.

    Returns:
        The secret of the screen's link.
    """
    tenant = (await services.tenants.add(CONSOLE, "Acme")).id
    add, by = services.people.add, CONSOLE
    admin = await add(tenant, by, email="boss@acme.example", name="Ann", role=Role.ADMINISTRATOR, password=PASSWORD)
    person = await add(tenant, by, email=user, name="Ben", role=Role.USER, password=PASSWORD)
    pull = PullSettings(proximity=Proximity.ROTATING)
    await services.printers.add(tenant, admin.actor, name="Follow me", uri="", delivery=Delivery.PULL, pull=pull)
    hall = await services.printers.add(tenant, admin.actor, name="Hall", uri="ipp://hall.example/ipp/print")
    await services.points.make(tenant, admin, (hall.id,))
    async with units.writing() as unit:
        await unit.agents.add(tenant, _computer(tenant))
        await unit.jobs.put(tenant, held_jobs(tenant, (COMPUTER, COMPUTER), (person,)), {})
    return await services.points.kiosk_link(tenant, admin, hall.id)


def _computer(tenant: TenantId) -> Agent:
    return Agent(
        id=COMPUTER,
        tenant=tenant,
        name="LAPTOP-BEN",
        platform=Platform.LINUX,
        release="0.1.0",
        public_key=b"key",
        certificate="none",
        enrolled_at=dt.datetime.now(dt.UTC),
        seen_at=dt.datetime.now(dt.UTC),
    )


def held_jobs(tenant: TenantId, agents: tuple[AgentId, ...], people: tuple[Person, ...]) -> tuple[Job, ...]:
    """Jobs that each of them holds: long names, some soon over."""
    now = dt.datetime.now(dt.UTC)
    return tuple(
        Job(
            id=JobId(uuid.uuid4()),
            tenant=tenant,
            agent=agents[place % 2],
            revision=1,
            printer=QUEUE,
            title=title,
            user=person.login,
            person=person.id,
            standing=Standing.HELD,
            created_at=now - dt.timedelta(minutes=9 * place + 1),
            ended_at=None,
            size_bytes=4_711,
            pages=Pages(pages=place * 4 + 1, copies=place + 1, color_pages=place % 2, sides="two-sided-long-edge"),
            story=(),
            held_until=now + dt.timedelta(hours=hours),
        )
        for person in people
        for place, (title, hours) in enumerate(_HELD)
    )
