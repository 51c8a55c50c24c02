"""The route of documents for other agents: sealed bytes, by ranges (RFC 9110 section 14)."""

import functools
import re
from typing import Final

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tympan_hub.domain.errors import BadInput, HubError
from tympan_hub.http.agent.asking import bearer_of, protocol_of
from tympan_hub.http.problems import problem_response
from tympan_hub.service import Services
from tympan_wire.hub import BLOBS_PATH, HEADER, STORE_HEADER

_RANGE: Final = re.compile(r"bytes=(\d{1,15})-(\d{1,15})")


def blob_route(services: Services) -> Route:
    """The only one."""
    return Route(BLOBS_PATH + "{upload}", _Blobs(services).answer, methods=["GET"])


@frozen
class _Blobs:
    """Gives ranges."""

    services: Services

    async def answer(self, request: Request) -> Response:
        """One range."""
        headers = {"Cache-Control": "no-store", "Accept-Ranges": "bytes"}
        try:
            headers[HEADER] = protocol_of(request)
            return await self._range(request, headers)
        except HubError as error:
            refusal = problem_response(error)
            refusal.headers.update(headers)
            return refusal

    async def _range(self, request: Request, headers: dict[str, str]) -> Response:
        bearer, upload = await bearer_of(request, self.services), request.path_params["upload"]
        from_store = request.headers.get(STORE_HEADER) == "1"
        asked = request.headers.get("Range", "")
        read = await self.services.readings.read(
            bearer, upload, functools.partial(_wanted, asked), from_store=from_store
        )
        told = {"Content-Range": f"bytes {read.start}-{read.end - 1}/{read.size}"}
        if read.there is not None:
            last = read.there.begin + read.there.size - 1
            told |= {"Location": read.there.address, STORE_HEADER: f"bytes={read.there.begin}-{last}"}
            return Response(b"", 307, {**headers, **told})
        return Response(read.content, 206, {**headers, **told}, "application/octet-stream")


def _wanted(text: str, size: int) -> tuple[int, int]:
    """The first byte, and the one behind the last; raises ``BadInput`` for what is no range of this document."""
    found = _RANGE.fullmatch(text)
    start, end = (int(found[1]), min(int(found[2]) + 1, size)) if found else (0, 0)
    if not start < end:
        raise BadInput(f"a range such as bytes=0-65535 is asked for, of {size} bytes")
    return start, end
