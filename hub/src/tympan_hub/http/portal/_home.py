"""The first page: a user's printers and jobs, an administrator's overview, a service owner's tenants."""

import attrs
from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.ids import PrinterId
from tympan_hub.domain.jobs import Job, JobFilter, Standing
from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.people import Act
from tympan_hub.http.portal import _needs, _queues, _shown, views
from tympan_hub.http.portal._days import midnight
from tympan_hub.http.portal._visit import Visit, Visiting, reader

router = APIRouter()

_PRINTERS, _JOBS, _CALLS = 6, 6, 8


@router.get("/")
async def home(visit: Visiting) -> Response:
    """The first page."""
    if visit.is_owner:
        tenants = await visit.services.tenants.list(visit.actor)
        rows = tuple(views.TenantRow(id=each.id, name=each.name, created_at=each.created_at) for each in tenants)
        return visit.page("tenants", "home", views.Tenants(rows=rows))
    printers = tuple(map(_shown.listed_row, await visit.services.printers.list(visit.home, visit.actor)))
    first = await _placed(visit, printers[:_PRINTERS])
    names = {printer.id: printer.name for printer in printers}
    jobs = tuple(_shown.job_row(job, names) for job in await _jobs(visit, JobFilter(limit=_JOBS)))
    held = await visit.services.held.mine(visit.home, visit.person)
    view = views.Home(
        printers=first,
        printers_total=len(printers),
        jobs=jobs,
        held=len(held),
        soon=sum(job.expires_soon for job in held),
    )
    if visit.may(Act.SEE_ALL_JOBS):
        view = await _overseen(visit, view, printers)
    return visit.page("home", "home", view)


async def _overseen(visit: Visit, view: views.Home, printers: tuple[views.PrinterRow, ...]) -> views.Home:
    """The same with what those see who look after a tenant."""
    here = reader(visit.request)
    today = midnight(here.now.astimezone(here.zone).date(), here.zone)
    seen = await visit.services.overview.look(visit.home, visit.actor, today)
    unsure = await _jobs(visit, JobFilter(standings=(Standing.UNKNOWN,), limit=PAGE))
    calls = _needs.calls(seen, printers, unsure)
    return attrs.evolve(
        view,
        counts=_needs.counts(seen, printers),
        calls=calls[:_CALLS],
        calls_total=len(calls) + _needs.uncalled(seen),
        steps=_needs.steps(printers, bool(seen.computers.total), view.jobs) if visit.may(Act.MANAGE_PRINTERS) else (),
    )


async def _placed(visit: Visit, rows: tuple[views.PrinterRow, ...]) -> tuple[views.PrinterRow, ...]:
    """Printers with how they stand at the computer of whoever looks, where it is one."""
    # Two of them tell whether there is more than one; those that are revoked come last.
    asked = [PrinterId(row.id) for row in rows]
    found = (await visit.services.queues.places(visit.home, visit.actor, asked, limit=2)).of
    places = {row.id: [place for place in found[PrinterId(row.id)] if place.agent.revoked_at is None] for row in rows}
    computers = max(map(len, places.values()), default=0)
    if computers != 1:
        return tuple(attrs.evolve(row, elsewhere=computers > 1) for row in rows)
    return tuple(attrs.evolve(row, place=_queues.place_row(places[row.id][0])) for row in rows)


async def _jobs(visit: Visit, wanted: JobFilter) -> tuple[Job, ...]:
    find = visit.services.jobs.all if visit.may(Act.SEE_ALL_JOBS) else visit.services.jobs.mine
    return (await find(visit.home, visit.person, wanted)).jobs
