"""Pull printing as a tenant has it after a while: a queue that holds jobs, release points, a station, held jobs."""

from __future__ import annotations

import datetime as dt
import uuid

from tympan_hub.domain.ids import AgentId, JobId, PrinterId, TenantId
from tympan_hub.domain.jobs import Job, Pages, Standing
from tympan_hub.domain.people import Actor, Person, Role
from tympan_hub.domain.printers import Delivery
from tympan_hub.service import Services

QUEUE = PrinterId("follow-me")
_LONG = "Grundriss_Haus_B_3.OG_Elektro_Planstand_2026-11-24_rev_F_mit_Anmerkungen_der_Bauleitung.pdf"
_HELD = (("Quarterly report.pdf", 20), (_LONG, 7), ("<script>alert('held')</script>", 1), ("Lunch menu", 15))


async def pull_printing(services: Services, tenant: TenantId, by: Actor, printers: tuple[PrinterId, ...]) -> None:
    """Makes the queue, release points of the printers, and a station beside the first."""
    await services.printers.add(tenant, by, name="Follow me", uri="", delivery=Delivery.PULL)
    admin = next(each for each in await services.people.list(tenant, by) if each.role is Role.ADMINISTRATOR)
    await services.points.make(tenant, admin, printers)
    await services.stations.make(tenant, admin, "Reader by the stairs", printers[:1])


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
