"""Documents that programs hand in, which the hub seals."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from tympan_hub.domain.hand_ins import Wanted, Wishes
from tympan_hub.domain.held import ColorMode, Sides
from tympan_hub.domain.ids import JobId, PrinterId
from tympan_hub.domain.limits.hand_ins import MEDIA_CHARS, TITLE_CHARS
from tympan_hub.domain.limits.pull import COPIES_MOST
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._coming import Coming
from tympan_hub.http.api._conversions import BODY, REFUSED, Streamed, file_name
from tympan_hub.http.api._jobs import Job
from tympan_hub.service.conversions import Document

router = APIRouter(tags=["hand-ins"], route_class=Streamed)


@router.post(
    "/hand-ins/documents", operation_id="hand-in-document", responses=REFUSED, openapi_extra=BODY, status_code=201
)
async def hand_in(
    ask: InTenant,
    request: Request,
    job: Annotated[UUID, Query(description="The job's id, made by the program: the same one again is the same job.")],
    printer: Annotated[str, Query(max_length=63, description="Where it shall come out.")],
    title: Annotated[str, Query(max_length=TITLE_CHARS)] = "",
    copies: Annotated[int, Query(ge=1, le=COPIES_MOST)] = 1,
    sides: Annotated[Sides | None, Query(description="Else as the device is set.")] = None,
    media: Annotated[str, Query(max_length=MEDIA_CHARS, description="A PWG media name.")] = "",
    color: Annotated[ColorMode | None, Query(description="Else as the device is set.")] = None,
) -> Job:
    """Prints a document, which is the body. The hub sees it: it makes a PDF of it and seals that for the computers that
    may print it; it keeps nothing else of it. Who hangs up before it is a job ends that.
    """
    coming = Coming(request)
    name = file_name(request.headers.get("content-disposition", ""))
    document = Document(content=coming.pieces(), media_type=request.headers.get("content-type", ""), name=name)
    wishes = Wishes(copies=copies, sides=sides, color=color, media=media)
    wanted = Wanted(printer=PrinterId(printer), title=title or name, wishes=wishes)
    taking = ask.services.hand_ins.take_plain(ask.tenant, ask.person, JobId(job), wanted, document)
    taken = await coming.while_awaited(taking)
    return Job.model_validate(await ask.services.jobs.get(ask.tenant, ask.person, taken.id))
