"""Updates, for the service owner: what holds for the computers of every tenant."""

import re
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import BadInput, SoAlready
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.people import Act
from tympan_hub.domain.update_floor import UpdateFloor
from tympan_hub.domain.updates import sorted_versions
from tympan_hub.http.portal import views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._update_rings import meant, read, rings, ticked
from tympan_hub.http.portal._visit import Visit, Visiting, after
from tympan_hub.ports.update_repository import Contents
from tympan_hub.service.installs import versions_in

router = APIRouter(prefix="/updates/everybody")

_SECTION: Final = "policy"
_HERE: Final = "/updates/everybody"
_FAULTS: Final = {
    "latest": marked("A version is written such as 1.4.0."),
    "held": marked("At most 100 plugins, each by the name of its distribution, such as acme-raw9100."),
}


@router.get("")
async def ask(visit: Visiting) -> Response:
    """The form with what is said."""
    floor = (await visit.services.update_floors.look(visit.actor)).floor
    values = {
        **read(paused=ticked(floor.paused)),
        "latest": floor.latest,
        "held": ", ".join(floor.held),
    }
    return await _form(visit, views.Form(values=values))


@router.post("")
async def change(visit: Visiting) -> Response:
    """Says something else."""
    fields = await visit.fields()
    visit.actor.require(Act.SWITCH_POLICY, SERVICE)
    held = dict.fromkeys(filter(None, re.split(r"[\s,;]+", fields.get("held", ""))))
    known = (await visit.services.update_floors.look(visit.actor)).floor
    try:
        latest = fields.get("latest", "").strip()
        paused = meant(fields, "paused", ticked(known.paused)) == "yes"
        floor = UpdateFloor(paused=paused, latest=latest, held=tuple(held))
        await visit.services.update_floors.change(visit.actor, floor)
    except SoAlready:
        return after(_HERE, "already-so")
    except BadInput as error:
        name = error.field if error.field in _FAULTS else "held"
        return await _form(visit, views.Form(values=fields, faults={name: _FAULTS[name]}), 422)
    return after(_HERE, "update-rules-changed")


async def _form(visit: Visit, form: views.Form, status: int = 200) -> Response:
    contents = (await visit.services.update_floors.look(visit.actor)).contents
    known = contents or Contents()
    view = views.UpdateFloorForm(
        form=form,
        rings=tuple(rings(known)),
        versions=tuple(sorted_versions(versions_in(known))),
        own=contents is not None,
        trouble=known.trouble,
        ends_at=known.ends_at,
    )
    return visit.page("update_floor", _SECTION, view, status=status)
