"""What stands before every route: headers that make a browser careful, and a limit on what is read. Plain ASGI.

No address holds a NUL: not every database takes one, and none of ours has one in it.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tympan_hub.domain.errors import BadInput, NotFound, TooLarge, TooSlow
from tympan_hub.domain.limits.conversions import DOCUMENT_BYTES
from tympan_hub.domain.limits.devices import DEVICE_LIST_BYTES
from tympan_hub.domain.limits.hand_ins import PLAIN_BYTES
from tympan_hub.domain.limits.requests import BODY_BYTES_PER_S, REQUEST_S
from tympan_hub.http.problems import problem_response
from tympan_wire.hub import MESSAGE_BYTES, PREFIX, SHAPES

FORM_BYTES: Final = 64 << 10
"""A form of the portal."""

LIST_BYTES: Final = 2 * DEVICE_LIST_BYTES
"""A form with an administrator's list of devices, or the same as JSON."""

STRANGER_BYTES: Final = 64 << 10
"""A message of somebody who has not shown a token yet."""


def content_policy(reaches: Iterable[str] = (), *, wasm: bool = False) -> str:
    """What a page may load and where its scripts may send: here, and to the origins named.

    Args:
        reaches: Origins its scripts may send to beside this one.
        wasm: Its scripts may run WebAssembly, as the reader of QR codes is.
    """
    sent_to = " ".join(("'self'", *reaches))
    scripts = "'self' 'wasm-unsafe-eval'" if wasm else "'self'"
    return (
        f"default-src 'none'; script-src {scripts}; worker-src 'self'; style-src 'self'; "
        "img-src 'self' data:; font-src 'self'; "
        f"connect-src {sent_to}; manifest-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


_HEADERS: Final = {
    "Content-Security-Policy": content_policy(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_LISTS: Final = frozenset({"/devices/import", "/api/v1/devices/import"})
_DOCUMENTS: Final = {
    "/api/v1/hand-ins/conversions": DOCUMENT_BYTES,
    "/api/v1/hand-ins/documents": PLAIN_BYTES,
    "/app/print/door/conversions": DOCUMENT_BYTES,
}
_SEALED: Final = ("/app/print/door", "/api/v1/hand-ins")
"""Parts of uploads, notes and envelopes."""

_STRANGERS: Final = frozenset(PREFIX + operation for operation, shape in SHAPES.items() if not shape.authenticated)


def body_limit(path: str) -> int:
    """How many bytes a request to this path may have."""
    if path in _STRANGERS:
        return STRANGER_BYTES
    if path in _DOCUMENTS:
        return _DOCUMENTS[path]
    if path in _LISTS:
        return LIST_BYTES
    if path.startswith(_SEALED):
        return MESSAGE_BYTES
    return MESSAGE_BYTES if path.startswith(PREFIX) else FORM_BYTES


class SafeHeaders:
    """Adds the headers to every answer that has not its own; over https also that it stays so."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = {**_HEADERS, **({"Strict-Transport-Security": "max-age=31536000"} if https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def careful(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, careful if scope["type"] == "http" else send)


class BodyLimit:
    """Refuses a body that is too large: at once when it says so, otherwise as soon as it is; and one that trickles in.

    Args:
        app: What is guarded.
        limit: How many bytes a request to a path may have.
        wait_s: Seconds a body may take; with each ``BODY_BYTES_PER_S`` that came, one more.
    """

    def __init__(self, app: ASGIApp, limit: Callable[[str], int] = body_limit, wait_s: float = REQUEST_S) -> None:
        self._app = app
        self._limit = limit
        self._wait_s = wait_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._limit(scope["path"])
        if _announced(scope) > most:
            await problem_response(_too_large(most))(scope, receive, send)
            return
        await self._app(scope, _Body(receive, most, self._wait_s).receive, send)


class NoNul:
    """Refuses addresses with a NUL, which no database need be asked about."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and "\0" in scope["path"]:
            nowhere = NotFound("there is nothing at this address", next_step="Look whether it is whole.")
            await problem_response(nowhere)(scope, receive, send)
        elif scope["type"] == "http" and b"\0" in unquote_to_bytes(scope["query_string"]):
            await problem_response(BadInput("a parameter holds a NUL", next_step="Leave it out."))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0


class _Body:
    """A body as it comes in, counted and timed from the first look at it on."""

    def __init__(self, receive: Receive, most: int, wait_s: float) -> None:
        self._receive = receive
        self._most = most
        self._wait_s = wait_s
        self._began: float | None = None
        self._taken = 0
        self._whole = False

    async def receive(self) -> Message:
        """The next piece; once it is whole, that the client is gone, however long that takes."""
        if self._whole:
            return await self._receive()
        message = await self._in_time()
        self._taken += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._taken > self._most:
            raise _too_large(self._most)
        return message

    async def _in_time(self) -> Message:
        now = asyncio.get_running_loop().time()
        self._began = now if self._began is None else self._began
        try:
            async with asyncio.timeout_at(self._began + self._wait_s + self._taken / BODY_BYTES_PER_S):
                return await self._receive()
        except TimeoutError as error:
            cause = f"the request did not arrive whole within {self._wait_s:g} s"
            raise TooSlow(cause, next_step="Send it again.") from error


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"this takes at most {most} bytes", next_step="Send less at once.")
