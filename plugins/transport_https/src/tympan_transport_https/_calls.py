"""One request to a hub: a POST of JSON, an answer or a reason why not; and the hub's clock."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import trio

from tympan_net.http_client import ClientLimits, HttpAnswer, HttpClient, HttpStream, NetError
from tympan_transport_https._errors import HubAway, HubError, HubGarbled
from tympan_transport_https._limits import ANSWER_S, CONNECTIONS, REFUSAL_BYTES, STALL_S
from tympan_transport_https._rules import ELSEWHERE, OK, PARTIAL, refusal
from tympan_transport_https._store import Store
from tympan_wire.hub import HEADER, MESSAGE_BYTES, NOTICES_PATH, PREFIX, PROTOCOL

Payload = bytes | Callable[[], AsyncIterator[bytes]]
"""Of a request: bytes, or what gives them piece by piece, anew for each attempt; then their length is in a header."""

_JSON = "application/json"


class HubCalls:
    """Requests to hubs. Owns: connections, until ``aclose``."""

    def __init__(self) -> None:
        limits = ClientLimits(
            answer_timeout_s=ANSWER_S, answer_bytes=MESSAGE_BYTES, connections=CONNECTIONS, send_timeout_s=STALL_S
        )
        self._client = HttpClient(limits=limits, user_agent="tympan-agent")
        self._store = Store(self._client)
        self._behind = dt.timedelta()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    @property
    def behind(self) -> dt.timedelta:
        """How far this computer's clock is behind the hub's, as its last answer told, to a second or so."""
        return self._behind

    def now(self) -> dt.datetime:
        """The time by the hub's clock, as its last answer told: one that is set wrong here keeps nobody out."""
        return dt.datetime.now(dt.UTC) + self._behind

    async def post(self, address: str, operation: str, payload: bytes, token: str = "") -> bytes:
        """The answer to one operation.

        Raises:
            HubError: There is none, or it is a no.
        """
        return await self.send(f"{address}{PREFIX}{operation}", {"content-type": _JSON}, payload, token)

    async def send(self, url: str, headers: Mapping[str, str], payload: Payload, token: str) -> bytes:
        """The answer to a POST of anything.

        Raises:
            HubError: There is none, or it is a no.
        """
        content = payload if isinstance(payload, bytes) else payload()
        with _as_hub_away():
            answer = await self._client.request("POST", url, {**_headers(token), "accept": _JSON, **headers}, content)
        self.look_at_clock(dict(answer.headers).get("date", ""))
        error = refusal(answer.status, answer.body)
        if error is not None:
            raise error
        return answer.body

    async def fetch(self, url: str, first: int, last: int, token: str) -> HttpAnswer:
        """Bytes ``first`` to ``last`` of what lies there (RFC 9110 section 14.2).

        Raises:
            HubError: There is no answer, or it is a no.
        """
        asked = {**_headers(token), "range": f"bytes={first}-{last}", **self._store.offer()}
        with _as_hub_away():
            answer = await self._client.request("GET", url, asked)
        self.look_at_clock(dict(answer.headers).get("date", ""))
        if answer.status == ELSEWHERE:
            return await self._store.fetch(url, answer)
        if answer.status != PARTIAL:
            raise refusal(answer.status, answer.body) or HubGarbled("all of it where a part was asked for")
        return answer

    @contextlib.asynccontextmanager
    async def stream(self, address: str, token: str) -> AsyncIterator[HttpStream]:
        """The stream of notices.

        Raises:
            HubError: It cannot be opened.
        """
        async with contextlib.AsyncExitStack() as opened:
            with _as_hub_away():
                opening = self._client.stream(f"{address}{NOTICES_PATH}", _headers(token))
                stream = await opened.enter_async_context(opening)
            if stream.status != OK:
                raise await self._refused(stream)
            yield stream

    async def _refused(self, stream: HttpStream) -> HubError:
        body = b""
        with _as_hub_away(), trio.move_on_after(ANSWER_S):
            async for piece in stream.pieces:
                body += piece
                if len(body) > REFUSAL_BYTES:
                    break
        return refusal(stream.status, body) or HubGarbled(f"HTTP status {stream.status}")

    def look_at_clock(self, date: str) -> None:
        """Takes the hub's time from a Date header (RFC 9110 section 6.6.1); one that is none changes nothing."""
        with contextlib.suppress(ValueError, TypeError):
            here = dt.datetime.now(dt.UTC)
            self._behind = email.utils.parsedate_to_datetime(date).astimezone(dt.UTC) - here


@contextlib.contextmanager
def _as_hub_away() -> Iterator[None]:
    """Faults of the network as this plugin's."""
    try:
        yield
    except NetError as error:
        raise HubAway(str(error).rstrip(".")) from error


def _headers(token: str) -> dict[str, str]:
    version = {HEADER: str(PROTOCOL)}
    return {**version, "authorization": f"Bearer {token}"} if token else version
