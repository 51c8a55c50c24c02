"""What the page needs to speak with the agent on the same machine: where to look for it, and permits."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from tympan_hub.domain.errors import BadInput, HubError
from tympan_hub.domain.ids import AgentId, PrinterId
from tympan_hub.http.portal import views
from tympan_hub.http.portal._visit import Member, Visit
from tympan_hub.http.problems import problem_response
from tympan_wire.bridge import Deed

router = APIRouter(prefix="/bridge")

_NAMES: Final = ("127.0.0.1", "localhost")


def addresses(ports: Sequence[int]) -> tuple[str, ...]:
    """Where a page looks for the agent on its machine, in this order; a browser lets it look nowhere else."""
    return tuple(f"http://{name}:{port}" for name in _NAMES for port in ports)


def here(visit: Visit) -> views.ThisComputer:
    """What the part of a page about this computer needs."""
    return views.ThisComputer(
        addresses=visit.portal.bridges,
        tenant=visit.home,
        person=visit.person.id,
        hub=visit.portal.address_for(visit.request),
    )


@router.post("/permit")
async def permit(visit: Member) -> Response:
    """A permit for the page that asks; trouble as the agents' API tells it, for the page's script."""
    try:
        fields = await visit.fields()
        if await visit.services.bridge.needs_sign_in(visit.home, visit.person, AgentId(fields.get("agent", ""))):
            return JSONResponse({"needs_sign_in": True})
        signed = await visit.services.bridge.permit(
            visit.home,
            visit.person,
            agent=AgentId(fields.get("agent", "")),
            deed=_deed(fields.get("deed", "")),
            printer=PrinterId(fields.get("printer", "")),
            challenge=fields.get("challenge", ""),
        )
    except HubError as error:
        return problem_response(error)
    return JSONResponse({"permit": signed})


def _deed(text: str) -> Deed:
    try:
        return Deed(text)
    except ValueError as error:
        raise BadInput(f"there is no deed {text!r:.80}") from error
