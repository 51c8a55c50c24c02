"""Documents that programs seal themselves, and hand in: the hub has no key, and sees no page."""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Request

from tympan_hub.domain.hand_ins import Via
from tympan_hub.domain.limits.uploads import UPLOAD_PARTS
from tympan_hub.http import own_uploads
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._conversions import BODY
from tympan_hub.http.api._jobs import Job
from tympan_hub.http.api._kinds import HEX
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.http.api._sealed_values import (
    HandInGiven,
    PartTold,
    TargetTold,
    TicketGiven,
    TicketTold,
    UploadGiven,
    UploadTold,
    ticket_told,
)
from tympan_hub.service.hand_ins import ticket_of


class _Again(ApiRoute):
    """A route that takes no key: asked again, it answers the same."""

    once = False


router = APIRouter(tags=["hand-ins"], route_class=_Again)

_NOBODY: Final = "No computer that prints there was heard of lately."
_UploadIn = Annotated[str, Path(pattern=HEX, description="An upload's id.")]


@router.get("/hand-ins/printers", operation_id="list-hand-in-printers")
async def printers(ask: InTenant) -> list[TargetTold]:
    """The printers one may hand documents in for, each with the computers to seal for."""
    converts = bool(await ask.services.conversions.list(ask.tenant, ask.person))
    found = await ask.services.sealed_hand_ins.targets(ask.tenant, ask.person)
    return [TargetTold.of(one, _NOBODY, converts=converts) for one in found]


@router.post("/hand-ins/tickets", operation_id="make-ticket")
async def ticket(ask: InTenant, given: TicketGiven) -> TicketTold:
    """How a document shall come out, as agents read it; nothing is kept. It goes into the sealed note."""
    del ask
    return ticket_told(ticket_of(given.wishes()))


@router.post("/hand-ins/uploads", operation_id="begin-upload")
async def begin(ask: InTenant, given: UploadGiven) -> UploadTold:
    """Begins an upload; under the same name and size again, tells which of its parts are there."""
    there = await own_uploads.begun(
        ask.services.uploads, ask.tenant, ask.person, given.name, given.size, given.part_bytes
    )
    return UploadTold(id=there.upload, parts=[part.number for part in there.parts])


@router.put("/hand-ins/uploads/{upload}/parts/{number}", operation_id="put-part", openapi_extra=BODY)
async def part(
    ask: InTenant,
    request: Request,
    upload: _UploadIn,
    number: Annotated[int, Path(ge=0, le=UPLOAD_PARTS - 1, description="From 0.")],
    content_digest: Annotated[
        str, Header(max_length=200, description="Of its bytes, as RFC 9530 writes it: `sha-256=:…:`.")
    ],
) -> PartTold:
    """Keeps a part, which is the body; all but the last are of the size that was said. Again, it takes its place."""
    del content_digest  # it is read where agents' are
    held = await own_uploads.kept(ask.services.uploads, ask.tenant, ask.person, upload, number, request)
    return PartTold(number=held.number)


@router.post("/hand-ins/uploads/{upload}/finish", operation_id="finish-upload")
async def finish(ask: InTenant, upload: _UploadIn) -> UploadTold:
    """All parts are there, and nothing of it changes any more. What nobody hands in goes within days."""
    whole = await own_uploads.finished(ask.services.uploads, ask.tenant, ask.person, upload)
    return UploadTold(id=whole.upload, parts=[part.number for part in whole.parts])


@router.post("/hand-ins", operation_id="hand-in-sealed", status_code=201)
async def hand_in(ask: InTenant, given: HandInGiven) -> Job:
    """Prints a document that was sealed and uploaded, or holds it where the printer holds jobs; again, answers the same
    job.
    """
    taken = await ask.services.sealed_hand_ins.take(ask.tenant, ask.person, given.hand_in(Via.API))
    return Job.model_validate(await ask.services.jobs.get(ask.tenant, ask.person, taken.id))
