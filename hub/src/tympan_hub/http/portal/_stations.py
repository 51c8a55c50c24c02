"""Trusted stations, such as readers of badges: the list, making one, taking one away."""

import json
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import BadInput, Full, NotFound, Taken
from tympan_hub.domain.ids import StationId
from tympan_hub.domain.limits.pull import POINTS_PER_STATION
from tympan_hub.domain.people import Act
from tympan_hub.domain.stations import Station
from tympan_hub.http.portal import _forms, views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._points import printers_of
from tympan_hub.http.portal._visit import Member, Visit, after

router = APIRouter(prefix="/stations")

_SECTION: Final = "points"
_FIELDS_MOST: Final = 1_008
"""Fields of a form that lists every release point of a tenant."""

_TAKEN: Final = marked("There is a station with this name already.")
_POINTS: Final = marked("Tick 1 to 50 printers.")


@router.get("")
async def every(visit: Member) -> Response:
    """The list."""
    stations = await visit.services.stations.all(visit.home, visit.person)
    names = await visit.services.printers.names(visit.home, visit.actor)
    rows = tuple(_row(station, {str(printer): name for printer, name in names.items()}) for station in stations)
    return visit.page("stations", _SECTION, views.Stations(rows=rows))


@router.get("/new")
async def ask_new(visit: Member) -> Response:
    """The form for a new one."""
    visit.actor.require(Act.MANAGE_PRINTERS, visit.home)
    return await _form(visit, {}, {})


@router.post("/new")
async def make(visit: Member) -> Response:
    """Makes one and shows its token this once: the answer is the page itself, so it stands in no address."""
    fields = await visit.fields(most=_FIELDS_MOST)
    name, points, faults = fields.get("name", "").strip(), printers_of(fields), _forms.missing(fields, "name")
    if not faults and not _forms.named(name):
        faults["name"] = _forms.NAME_FAULT
    if not 1 <= len(points) <= POINTS_PER_STATION:
        faults["points"] = _POINTS
    if faults:
        return await _form(visit, fields, faults, 422)
    try:
        made = await visit.services.stations.make(visit.home, visit.person, name, points)
    except Taken:
        return await _form(visit, fields, {"name": _TAKEN}, 422)
    except Full:
        return await _form(visit, fields, {"": _forms.FULL}, 422)
    except (BadInput, NotFound):
        return await _form(visit, fields, {"points": _POINTS}, 422)
    asks = json.dumps({"point": points[0], "badge": "04A1B2C3"})
    view = views.StationForm(
        name=made.station.name,
        secret=made.token,
        try_it=f"curl -H 'Authorization: Bearer {made.token}' -H 'Content-Type: application/json' "
        f"-d '{asks}' {visit.portal.address_for(visit.request)}/api/v1/station/releases",
    )
    return visit.page("station_form", _SECTION, view)


@router.get("/{station}/remove")
async def ask_remove(visit: Member, station: str) -> Response:
    """The question before one is taken away."""
    stations = await visit.services.stations.all(visit.home, visit.person)
    visit.actor.require(Act.MANAGE_PRINTERS, visit.home)
    known = next((each for each in stations if each.id == station), None)
    if known is None:
        raise NotFound("there is no such station")
    view = views.Confirm(
        title=marked("Remove this station?"),
        subject=known.name,
        consequences=(marked("Its token opens nothing any more: whoever shows a badge there gets nothing."),),
        label=marked("Remove the station"),
        action=f"/stations/{known.id}/remove",
        back="/stations",
    )
    return visit.page("confirm", _SECTION, view)


@router.post("/{station}/remove")
async def remove(visit: Member, station: str) -> Response:
    """Takes one away."""
    await visit.fields()
    await visit.services.stations.remove(visit.home, visit.person, StationId(station))
    return after("/stations", "station-removed")


def _row(station: Station, names: dict[str, str]) -> views.StationRow:
    return views.StationRow(
        id=station.id,
        name=station.name,
        points=tuple(names.get(point, point) for point in station.points),
        created_at=station.created_at,
        used_at=station.last_used_at,
    )


async def _form(visit: Visit, fields: dict[str, str], faults: dict[str, str], status: int = 200) -> Response:
    chosen = printers_of(fields)
    points = await visit.services.points.all(visit.home, visit.person)
    choices = tuple(
        views.Choice(
            value=point.printer.id,
            label=point.printer.name,
            chosen=point.printer.id in chosen,
            translated=False,
        )
        for point in points
    )
    view = views.StationForm(form=views.Form(values=fields, faults=faults), points=choices)
    return visit.page("station_form", _SECTION, view, status=status)
