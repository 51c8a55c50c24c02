"""The door of the page to print from: what its script asks of the hub, as JSON, for whoever is signed in.

- Each request carries the secret of the session in a header: no other site's page can send one.
- What comes through here is sealed, but for what is to be converted: that the person was asked before.
- It is what the API does for programs. A no is a problem (RFC 9457) as the API's are, for a script reads it; and in the
  reader's language, for the page shows it.
"""

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.responses import JSONResponse, Response

from tympan_hub.domain.errors import BadInput, HubError
from tympan_hub.domain.hand_ins import Via
from tympan_hub.domain.sheets import Sheet
from tympan_hub.http import own_uploads
from tympan_hub.http.api._coming import Coming
from tympan_hub.http.api._conversions import Pdf, file_name
from tympan_hub.http.api._kinds import Given
from tympan_hub.http.api._no import no
from tympan_hub.http.api._sealed_values import (
    HandInGiven,
    PartTold,
    TargetTold,
    TicketGiven,
    UploadGiven,
    UploadTold,
    ticket_told,
)
from tympan_hub.http.portal._forms import require_page
from tympan_hub.http.portal._language import Language, catalogue, marked
from tympan_hub.http.portal._spoken import told_in
from tympan_hub.http.portal._visit import Member, Visit, reader
from tympan_hub.service.conversions import Document
from tympan_hub.service.hand_ins import ticket_of

_NOBODY: Final = marked("No computer that prints there was heard of lately.")
_G = TypeVar("_G", bound=Given)


class DoorRoute(APIRoute):
    """A route whose noes are problems, and which wants the session's secret in a header."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler."""
        do = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await do(request)
            except HubError as error:
                return no(_spoken(error, reader(request).language))

        return answered


router = APIRouter(prefix="/app/print/door", route_class=DoorRoute)


@router.get("/printers")
async def printers(visit: Member) -> Response:
    """For which printers one may hand in, and for whom to seal."""
    require_page(visit.request, visit.session.csrf, visit.portal.address)
    converts = bool(await visit.services.conversions.list(visit.home, visit.person))
    found = await visit.services.sealed_hand_ins.targets(visit.home, visit.person)
    nobody = catalogue(reader(visit.request).language).gettext(_NOBODY)
    return JSONResponse([TargetTold.of(one, nobody, converts=converts).model_dump(mode="json") for one in found])


@router.post("/tickets")
async def ticket(visit: Member) -> Response:
    """How it shall come out, as agents read it: one IPP message, base64."""
    return _answer(ticket_told(ticket_of((await _told(visit, TicketGiven)).wishes())))


@router.post("/uploads")
async def begin(visit: Member) -> Response:
    """Begins an upload, or tells which of its parts are there."""
    told = await _told(visit, UploadGiven)
    uploads = visit.services.uploads
    there = await own_uploads.begun(uploads, visit.home, visit.person, told.name, told.size, told.part_bytes)
    return _answer(UploadTold(id=there.upload, parts=[part.number for part in there.parts]))


@router.put("/uploads/{upload}/parts/{number}")
async def part(visit: Member, upload: str, number: int) -> Response:
    """Keeps a part durably; its digest stands in the header (RFC 9530)."""
    require_page(visit.request, visit.session.csrf, visit.portal.address)
    uploads = visit.services.uploads
    held = await own_uploads.kept(uploads, visit.home, visit.person, upload, number, visit.request)
    return _answer(PartTold(number=held.number))


@router.post("/uploads/{upload}/finish")
async def finish(visit: Member, upload: str) -> Response:
    """All parts are there: each was proved by its own digest as it came."""
    require_page(visit.request, visit.session.csrf, visit.portal.address)
    whole = await own_uploads.finished(visit.services.uploads, visit.home, visit.person, upload)
    return _answer(UploadTold(id=whole.upload, parts=[part.number for part in whole.parts]))


@router.post("")
async def take(visit: Member) -> Response:
    """A sealed document shall come out."""
    given = (await _told(visit, HandInGiven)).hand_in(Via.PORTAL)
    job = await visit.services.sealed_hand_ins.take(visit.home, visit.person, given)
    return JSONResponse({"id": str(job.id)})


@router.post("/conversions")
async def convert(visit: Member) -> Response:
    """The PDF of a document; nothing of either is kept."""
    require_page(visit.request, visit.session.csrf, visit.portal.address)
    coming = Coming(visit.request)
    async with AsyncExitStack() as until:
        made = visit.services.conversions.pdf(visit.home, visit.person, _document(visit.request, coming))
        return Pdf(await coming.while_awaited(until.enter_async_context(made)), until.pop_all())


def _document(request: Request, coming: Coming) -> Document:
    return Document(
        content=coming.pieces(),
        media_type=request.headers.get("content-type", ""),
        name=file_name(request.headers.get("content-disposition", "")),
        sheet=Sheet.LETTER if request.query_params.get("sheet") == Sheet.LETTER else Sheet.A4,
    )


def _spoken(error: HubError, language: Language) -> HubError:
    """The same no, in a language that the page is in."""
    error.cause, error.next_step = told_in(error, language)
    return error


async def _told(visit: Visit, kind: type[_G]) -> _G:
    """What was sent, once the secret is right; what this release knows not, or is empty, is passed over.

    A page may have been loaded from another release: it lives in the browser for days.
    """
    require_page(visit.request, visit.session.csrf, visit.portal.address)
    try:
        told = from_json(await visit.request.body() or b"{}")
        if not isinstance(told, dict):
            raise BadInput("the body is no object")
        return kind.model_validate({name: told[name] for name in kind.model_fields if told.get(name) not in (None, "")})
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise BadInput(f"{where:.100}: {fault['msg']:.200}", field=str(fault["loc"][0])) from error
    except ValueError as error:
        raise BadInput("the body is no JSON") from error


def _answer(told: BaseModel) -> Response:
    return JSONResponse(told.model_dump(mode="json"))
