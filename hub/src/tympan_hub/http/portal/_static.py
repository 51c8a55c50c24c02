"""Style sheets, scripts and pictures: kept by browsers for ever, as their addresses change with them.

- Texts go out packed (RFC 9110 section 8.4): a phone in a poor network opens a page with a quarter of the octets.
- Pages themselves are never packed: they carry secrets beside what somebody else may have put there (BREACH).
"""

import functools
import gzip
import re
from pathlib import Path, PurePosixPath
from typing import Final

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from tympan_hub.http.guards import content_policy
from tympan_hub.http.portal._pages import STATIC

_PACKED: Final = frozenset({".css", ".js", ".mjs", ".svg", ".wasm"})
_LEVEL: Final = 9  # once for a process and file
_GZIP: Final = re.compile(r"gzip(;q=(1(\.0*)?|0?\.\d*[1-9]\d*))?")  # any weight but none at all
_WASM_WORKER: Final = "vendor/pdf.worker.min.mjs"
"""A worker has the policy of its own answer, and not that of its page; this one reads pictures with WebAssembly."""

_OF_THE_FILE: Final = frozenset({"content-length", "accept-ranges", "etag"})
"""Headers of a file that are not those of the same file packed."""


class Static(StaticFiles):
    """The files of ``web/static``."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, with how long it may be kept."""
        response = await super().get_response(path, scope)
        if PurePosixPath(path).suffix in _PACKED:
            response = await _packed(response, Headers(scope=scope))
        if path == _WASM_WORKER:
            response.headers["Content-Security-Policy"] = content_policy(wasm=True)
        if b"v=" in scope["query_string"]:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


async def _packed(response: Response, asked: Headers) -> Response:
    """The same file, packed where the browser takes that."""
    response.headers["Vary"] = "Accept-Encoding"
    if not isinstance(response, FileResponse) or "range" in asked or not _takes_gzip(asked):
        return response
    octets = await to_thread.run_sync(_octets, str(response.path))
    headers = {name: value for name, value in response.headers.items() if name not in _OF_THE_FILE}
    return Response(octets, headers={**headers, "Content-Encoding": "gzip"}, media_type=response.media_type)


def _takes_gzip(asked: Headers) -> bool:
    parts = asked.get("accept-encoding", "").lower().replace(" ", "").split(",")
    return any(_GZIP.fullmatch(part) for part in parts)


@functools.cache
def _octets(path: str) -> bytes:
    return gzip.compress(Path(path).read_bytes(), _LEVEL, mtime=0)
