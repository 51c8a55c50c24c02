"""The first page: a user's printers and jobs, an administrator's overview, a service owner's tenants."""

import attrs
from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.ids import PrinterId
from tympan_hub.domain.jobs import Job, JobFilter, Standing
from tympan_hub.domain.limits import PAGE
from tympan_hub.domain.people import Act
from tympan_hub.http.portal import _queues, _shown, views
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Visit, Visiting
from tympan_hub.service.agents import AgentShown

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
    first, computers = await _placed(visit, printers[:_PRINTERS])
    agents = await visit.services.agents.list(visit.home, visit.actor) if visit.may(Act.SEE_AGENTS) else ()
    names = {printer.id: printer.name for printer in printers}
    unsure = await _jobs(visit, JobFilter(standings=(Standing.UNKNOWN,), limit=PAGE))
    view = views.Home(
        printers=first,
        printers_total=len(printers),
        jobs=tuple(_shown.job_row(job, names) for job in await _jobs(visit, JobFilter(limit=_JOBS))),
        counts=_counts(printers, agents),
        calls=(*_of_printers(printers), *_of_agents(agents), *_of_jobs(unsure))[:_CALLS],
        agents_total=len(agents),
        computers_total=computers,
    )
    return visit.page("home", "home", view)


async def _placed(visit: Visit, rows: tuple[views.PrinterRow, ...]) -> tuple[tuple[views.PrinterRow, ...], int]:
    """Printers with how they stand at the computer of whoever looks, and how many computers those are."""
    found = await visit.services.queues.places(visit.home, visit.actor, [PrinterId(row.id) for row in rows])
    places = {row.id: found[PrinterId(row.id)] for row in rows}
    computers = max(map(len, places.values()), default=0)
    if computers != 1:
        return tuple(attrs.evolve(row, elsewhere=computers > 1) for row in rows), computers
    return tuple(attrs.evolve(row, place=_queues.place_row(places[row.id][0])) for row in rows), computers


async def _jobs(visit: Visit, wanted: JobFilter) -> tuple[Job, ...]:
    find = visit.services.jobs.all if visit.may(Act.SEE_ALL_JOBS) else visit.services.jobs.mine
    return (await find(visit.home, visit.person, wanted)).jobs


def _counts(printers: tuple[views.PrinterRow, ...], agents: tuple[AgentShown, ...]) -> tuple[views.Count, ...]:
    welcome = [shown for shown in agents if shown.agent.revoked_at is None]
    return (
        views.Count(number=len(printers), label=marked("Printers"), href="/printers"),
        views.Count(number=sum(map(_ails, printers)), label=marked("Printers that need care"), href="/printers"),
        views.Count(number=len(welcome), label=marked("Agents"), href="/agents"),
        views.Count(number=sum(shown.connected for shown in welcome), label=marked("Connected now"), href="/agents"),
    )


def _ails(printer: views.PrinterRow) -> bool:
    return printer.health in (words.AWAY, words.HINDERED)


def _of_printers(printers: tuple[views.PrinterRow, ...]) -> tuple[views.Call, ...]:
    return tuple(
        views.Call(
            tone=printer.health.tone,
            icon=printer.health.icon,
            what=printer.name,
            why=printer.health.word,
            href=f"/printers/{printer.id}",
        )
        for printer in printers
        if _ails(printer)
    )


def _of_agents(agents: tuple[AgentShown, ...]) -> tuple[views.Call, ...]:
    rows = tuple(map(_shown.agent_row, agents))
    return tuple(
        views.Call(tone=views.Tone.WARN, icon="alert", what=row.name, why=row.problems[0], href="/agents", told=True)
        for row in rows
        if row.problems
    )


def _of_jobs(unsure: tuple[Job, ...]) -> tuple[views.Call, ...]:
    if not unsure:
        return ()
    shown = words.STANDINGS[Standing.UNKNOWN]
    href = f"/jobs/{unsure[0].id}" if len(unsure) == 1 else "/jobs?state=not-sure"
    return (views.Call(tone=shown.tone, icon=shown.icon, jobs=len(unsure), why=shown.meaning, href=href),)
