"""The route of parts of uploads: bytes, not JSON."""

import asyncio
from contextlib import suppress

from attrs import frozen
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from tympan_hub.domain.errors import BadInput, HubError, TooLarge
from tympan_hub.domain.limits.uploads import UPLOAD_PART_S
from tympan_hub.domain.uploads import Uploader
from tympan_hub.http.agent.asking import bearer_of, protocol_of
from tympan_hub.http.problems import problem_response
from tympan_hub.service import Services
from tympan_hub.service.uploads import UploadService
from tympan_wire.hub import DIGEST_HEADER, HEADER, PART_BYTES, UPLOADS_PATH, PartHeld, digest_in, encode


def part_route(services: Services) -> Route:
    """The only one."""
    return Route(UPLOADS_PATH + "{upload}/{number:int}", _Parts(services).answer, methods=["POST"])


@frozen
class _Parts:
    """Takes parts."""

    services: Services

    async def answer(self, request: Request) -> Response:
        """One part."""
        headers: dict[str, str] = {}
        try:
            headers[HEADER] = protocol_of(request)
            return Response(encode(await self._take(request)), 200, headers, "application/json")
        except HubError as error:
            await rest_of(request)
            refusal = problem_response(error)
            refusal.headers.update(headers)
            return refusal

    async def _take(self, request: Request) -> object:
        """What cannot be taken is refused before its bytes are held."""
        bearer = await bearer_of(request, self.services)
        upload, number = request.path_params["upload"], request.path_params["number"]
        return await taken(self.services.uploads, bearer.uploader, upload, number, request)


async def taken(uploads: UploadService, whose: Uploader, upload: str, number: int, request: Request) -> PartHeld:
    """Keeps the part that a body is; one that is refused costs no memory.

    Raises:
        BadInput: It has no digest, or is no such part, or not the bytes of its digest.
        NotFound: They have no such upload.
        Unavailable: Too many parts are on their way.
    """
    sha256 = digest_in(request.headers.get(DIGEST_HEADER, ""))
    if sha256 is None:
        raise BadInput(f"a part has a {DIGEST_HEADER} with its sha-256")
    with uploads.room(whose):
        expected = await uploads.expected(whose, upload, number)
        return await uploads.take(whose, expected, await body_of(request, expected.size), sha256)


async def body_of(request: Request, size: int) -> bytes:
    """All of a part's body; no more than it shall have.

    Into one piece of memory: a part that comes in millions of pieces would else cost many times its size.
    """
    content, taken = bytearray(size), 0
    try:
        async with asyncio.timeout(UPLOAD_PART_S):
            async for piece in request.stream():
                end = taken + len(piece)
                if end > size:
                    raise TooLarge(f"this part has {size} bytes, and more came")
                content[taken:end] = piece
                taken = end
    except TimeoutError as error:
        raise BadInput(f"the part did not arrive within {UPLOAD_PART_S:g} s", next_step="Send it again.") from error
    except ClientDisconnect as error:
        raise BadInput("the part was cut off", next_step="Send it again.") from error
    return bytes(memoryview(content)[:taken])


async def rest_of(request: Request) -> None:
    """Reads what is still on its way to a refusal, or its sender would see a broken line in place of the reason."""
    left = PART_BYTES
    with suppress(TimeoutError, ClientDisconnect, HubError, RuntimeError):
        async with asyncio.timeout(UPLOAD_PART_S):
            async for piece in request.stream():
                left -= len(piece)
                if left < 0:
                    return
