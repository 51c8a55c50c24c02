"""Documents in, PDFs out: for what is handed in and is none yet."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated, Any, Final
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from tympan_hub.domain.sheets import Sheet
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._coming import Coming
from tympan_hub.http.api._invalid import Problem
from tympan_hub.http.api._kinds import Told
from tympan_hub.http.api._no import MEDIA_TYPE
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.service.conversions import Converted, Document


class Streamed(ApiRoute):
    """A route whose body is never whole in memory, so it takes no key: nothing is made that could be made twice."""

    once = False


router = APIRouter(tags=["hand-ins"], route_class=Streamed)
_PIECE: Final = 256 << 10
_PLAIN: Final = re.compile(r'filename="?([^";]*)"?', re.IGNORECASE)
_EXTENDED: Final = re.compile(r"filename\*=utf-8''([^;]*)", re.IGNORECASE)
REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    422: {
        "description": "No PDF can be made of it: `reason` is `password`, `broken`, `too-large`, `too-long`, "
        "`unsupported` or `converter-away`.",
        "model": Problem,
        "content": {MEDIA_TYPE: {}},
    },
}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The PDF.",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    },
    **REFUSED,
}
BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class ConverterTold(Told):
    """A converter of the hub."""

    name: str
    media_types: list[str]
    problem: str


@router.get("/hand-ins/converters", operation_id="list-converters")
async def converters(ask: InTenant) -> list[ConverterTold]:
    """What the hub converts, and why some of it is away; nothing while policy switches it off."""
    shown = await ask.services.conversions.list(ask.tenant, ask.person)
    return [ConverterTold.model_validate(one) for one in shown]


@router.post(
    "/hand-ins/conversions",
    operation_id="convert-document",
    response_class=StreamingResponse,
    responses=_ANSWERS,
    openapi_extra=BODY,
)
async def convert(
    ask: InTenant,
    request: Request,
    sheet: Annotated[Sheet, Query(description="For a document that names no sheet of its own.")] = Sheet.A4,
) -> StreamingResponse:
    """The PDF of a document, which is the body. The hub sees it, keeps nothing of it, and has erased it at the end.

    `Content-Type` and the file name in `Content-Disposition` help to tell kinds of text apart; else the bytes decide.
    """
    coming = Coming(request)
    document = Document(
        content=coming.pieces(),
        media_type=request.headers.get("content-type", ""),
        name=file_name(request.headers.get("content-disposition", "")),
        sheet=sheet,
    )
    async with AsyncExitStack() as until:
        making = until.enter_async_context(ask.services.conversions.pdf(ask.tenant, ask.person, document))
        made = await coming.while_awaited(making)
        return Pdf(made, until.pop_all())


def file_name(disposition: str) -> str:
    """The file's name in a Content-Disposition (RFC 6266); "" when there is none."""
    if found := _EXTENDED.search(disposition):
        return unquote(found[1])
    return found[1] if (found := _PLAIN.search(disposition)) else ""


class Pdf(StreamingResponse):
    """Sends a PDF, and erases everything before the last of the answer, or when its reader goes away."""

    def __init__(self, made: Converted, until: AsyncExitStack) -> None:
        headers = {"Content-Length": str(made.size), "X-Content-Type-Options": "nosniff"}
        super().__init__(self._content(made), media_type="application/pdf", headers=headers)
        self._until = until

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One answer."""
        async with self._until:
            await super().__call__(scope, receive, send)

    async def _content(self, made: Converted) -> AsyncIterator[bytes]:
        with made.path.open("rb") as content:
            while piece := content.read(_PIECE):
                yield piece
        await self._until.aclose()
