"""The door of the page to print from: what its script asks of the hub, as JSON, for whoever is signed in.

- Each request carries the secret of the session in a header: no other site's page can send one.
- What comes through here is sealed, but for what is to be converted: that the person was asked before.
- A no is a problem (RFC 9457) as the API's are, for a script reads it.
"""

import base64
import json
import uuid
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response

from tympan_hub.domain.errors import BadInput, HubError
from tympan_hub.domain.hand_ins import HandIn, Target, Via, Wishes
from tympan_hub.domain.held import ColorMode, Sides
from tympan_hub.domain.ids import AgentId, JobId, PrinterId, UploadId
from tympan_hub.domain.limits.hand_ins import RANGES_MOST
from tympan_hub.domain.mirrors import Envelope
from tympan_hub.domain.uploads import Uploader
from tympan_hub.http.agent.parts import body_of
from tympan_hub.http.api._conversions import Pdf, file_name, pieces
from tympan_hub.http.api._no import no
from tympan_hub.http.portal._forms import require_page
from tympan_hub.http.portal._language import catalogue, marked
from tympan_hub.http.portal._visit import Member, Visit, reader
from tympan_hub.service.conversions import Document
from tympan_hub.service.findings import cut_user
from tympan_hub.service.hand_ins import ticket_of
from tympan_wire.hub import UploadFinish, UploadQuestion, UploadRequest, digest_in, digest_of

_SIDES: Final = [side.value for side in Sides]
_NOBODY: Final = marked("No computer that prints there was heard of lately.")
_NUMBERS: Final = 1 << 53
"""Of JSON: what a browser counts without a mistake."""


class DoorRoute(APIRoute):
    """A route whose noes are problems, and which wants the session's secret in a header."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler."""
        do = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await do(request)
            except HubError as error:
                return no(error)

        return answered


router = APIRouter(prefix="/app/print/door", route_class=DoorRoute)


@router.get("/printers")
async def printers(visit: Member) -> Response:
    """For which printers one may hand in, and for whom to seal."""
    require_page(visit.request, visit.session.csrf, visit.portal.address)
    converts = bool(await visit.services.conversions.list(visit.home, visit.person))
    found = await visit.services.sealed_hand_ins.targets(visit.home, visit.person)
    said = catalogue(reader(visit.request).language).gettext
    return JSONResponse([_target(one, said(_NOBODY), converts=converts) for one in found])


@router.post("/tickets")
async def ticket(visit: Member) -> Response:
    """How it shall come out, as agents read it: one IPP message, base64."""
    wishes = _wishes(await _told(visit))
    return JSONResponse({"ticket": base64.b64encode(ticket_of(wishes)).decode()})


@router.post("/uploads")
async def begin(visit: Member) -> Response:
    """Begins an upload, or tells which of its parts are there."""
    told = await _told(visit)
    wanted = UploadRequest(
        name=_text(told, "name"),
        size=_number(told, "size"),
        part_bytes=_number(told, "part_bytes"),
        user=cut_user(visit.person.login or visit.person.email),
    )
    standing = await visit.services.uploads.begin(_whose(visit), wanted)
    return JSONResponse({"id": standing.upload, "parts": [part.number for part in standing.parts]})


@router.put("/uploads/{upload}/parts/{number}")
async def part(visit: Member, upload: str, number: int) -> Response:
    """Keeps a part durably; its digest stands in the header (RFC 9530)."""
    require_page(visit.request, visit.session.csrf, visit.portal.address)
    sha256 = digest_in(visit.request.headers.get("content-digest", ""))
    if sha256 is None:
        raise BadInput("a part has a Content-Digest with its sha-256")
    whose, uploads = _whose(visit), visit.services.uploads
    with uploads.room(whose):
        expected = await uploads.expected(whose, upload, number)
        held = await uploads.take(whose, expected, await body_of(visit.request, expected.size), sha256)
    return JSONResponse({"number": held.number})


@router.post("/uploads/{upload}/finish")
async def finish(visit: Member, upload: str) -> Response:
    """All parts are there: each was proved by its own digest as it came."""
    await _told(visit)
    whose, uploads = _whose(visit), visit.services.uploads
    there = (await uploads.standing(whose, UploadQuestion(upload=upload))).parts
    digest = digest_of(one.sha256 for one in there)
    standing = await uploads.finish(whose, UploadFinish(upload=upload, digest=digest))
    return JSONResponse({"id": standing.upload})


@router.post("")
async def take(visit: Member) -> Response:
    """A sealed document shall come out."""
    told = await _told(visit)
    given = HandIn(
        job=JobId(_uuid(told, "job")),
        printer=PrinterId(_text(told, "printer")),
        upload=UploadId(_text(told, "upload")),
        note=_text(told, "note"),
        envelopes=_envelopes(told),
        title=_text(told, "title", ""),
        media_type=_text(told, "media_type", "application/pdf"),
        pages=_number(told, "pages") if told.get("pages") is not None else None,
        wishes=_wishes({**told, "pages": None}),
        via=Via.PORTAL,
    )
    job = await visit.services.sealed_hand_ins.take(visit.home, visit.person, given)
    return JSONResponse({"id": str(job.id)})


@router.post("/conversions")
async def convert(visit: Member) -> Response:
    """The PDF of a document; nothing of either is kept."""
    require_page(visit.request, visit.session.csrf, visit.portal.address)
    async with AsyncExitStack() as until:
        made = visit.services.conversions.pdf(visit.home, visit.person, _document(visit.request))
        return Pdf(await until.enter_async_context(made), until.pop_all())


def _document(request: Request) -> Document:
    return Document(
        content=pieces(request),
        media_type=request.headers.get("content-type", ""),
        name=file_name(request.headers.get("content-disposition", "")),
    )


def _whose(visit: Visit) -> Uploader:
    return Uploader(tenant=visit.home, person=visit.person.id)


async def _told(visit: Visit) -> dict[str, Any]:
    """The object that was sent, once the secret is right."""
    require_page(visit.request, visit.session.csrf, visit.portal.address)
    try:
        told = json.loads(await visit.request.body() or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadInput("the body is no JSON") from error
    if not isinstance(told, dict):
        raise BadInput("the body is no object")
    return told


def _text(told: dict[str, Any], name: str, usual: str | None = None) -> str:
    value = told.get(name, usual)
    if not isinstance(value, str):
        raise BadInput(f"{name} is no text", field=name)
    return value


def _number(told: dict[str, Any], name: str, usual: int | None = None) -> int:
    value = told.get(name, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _NUMBERS:
        raise BadInput(f"{name} is no number", field=name)
    return value


def _uuid(told: dict[str, Any], name: str) -> uuid.UUID:
    try:
        return uuid.UUID(_text(told, name))
    except ValueError as error:
        raise BadInput(f"{name} is no UUID", field=name) from error


def _envelopes(told: dict[str, Any]) -> tuple[Envelope, ...]:
    given = told.get("envelopes")
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise BadInput("envelopes is no list of objects", field="envelopes")
    job = JobId(_uuid(told, "job"))
    return tuple(
        Envelope(job=job, agent=AgentId(_text(each, "agent")), envelope=_text(each, "envelope")) for each in given
    )


def _wishes(told: dict[str, Any]) -> Wishes:
    try:
        return Wishes(
            copies=_number(told, "copies", 1),
            sides=Sides(sides) if (sides := told.get("sides")) else None,
            color=ColorMode(color) if (color := told.get("color")) else None,
            media=_text(told, "media", "") if told.get("media") is not None else "",
            pages=_ranges(told.get("pages")),
        )
    except ValueError as error:
        raise BadInput("sides or color is no keyword of IPP's") from error


def _ranges(given: object) -> tuple[tuple[int, int], ...]:
    if given is None or given == "":
        return ()
    if isinstance(given, str):
        found = [one.strip().partition("-") for one in given.split(",")[: RANGES_MOST + 1]]
        try:
            given = [[int(first), int(last or first)] for first, _, last in found]
        except ValueError as error:
            raise BadInput("the pages are no ranges", next_step="Write for example 1-3,5.", field="pages") from error
    if not isinstance(given, list) or len(given) > RANGES_MOST:
        raise BadInput(f"there are at most {RANGES_MOST} ranges of pages", field="pages")
    if any(not isinstance(one, list) or [type(end) for end in one] != [int, int] for one in given):
        raise BadInput("the pages are no ranges", next_step="Write for example 1-3,5.", field="pages")
    return tuple((first, last) for first, last in given)


def _target(one: Target, nobody: str, *, converts: bool) -> dict[str, Any]:
    return {
        "id": one.printer,
        "name": one.name,
        "location": one.location,
        "holds": one.holds,
        "color": one.color is not False,
        "sides": _SIDES if one.duplex is not False else _SIDES[:1],
        "media": list(one.media),
        "readers": [
            {
                "agent": each.agent,
                "name": each.name,
                "recipient": each.recipient,
                "fingerprint": each.fingerprint,
            }
            for each in one.readers
        ],
        "context": one.context,
        "hindrance": "" if one.readers else nobody,
        "converts": converts,
    }
