"""Asking CUPS, and endpoints, over IPP: one question, one answer, every failure an error of this plugin."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from tympan.plugin import BadInput
from tympan_net.ipp_client import ClientLimits, HttpStatusError, IppClient, IppStatusError, PeerError, Unreachable
from tympan_spool_cups._errors import CupsAway, CupsRefused, NotAllowed, SpoolerError
from tympan_spool_cups._limits import DOCUMENT_PAUSE_S
from tympan_spool_cups._model import Server
from tympan_spool_cups._requests import get_endpoint
from tympan_wire.ipp import Group, GroupTag, Message, Status, status_keyword

_GONE = frozenset({Status.CLIENT_ERROR_NOT_FOUND, Status.CLIENT_ERROR_GONE})
_FORBIDDEN = frozenset(
    {Status.CLIENT_ERROR_FORBIDDEN, Status.CLIENT_ERROR_NOT_AUTHENTICATED, Status.CLIENT_ERROR_NOT_AUTHORIZED}
)
_FIRST_ERROR = Status.CLIENT_ERROR_BAD_REQUEST
_FORBIDDEN_HTTP = frozenset({401, 403})


def said_by(answer: Message) -> str:
    """Status and message of an answer, for a person."""
    message = answer.operation.string("status-message")
    return f"{status_keyword(answer.code)}: {message}" if message else status_keyword(answer.code)


def _limits(timeout_s: float) -> ClientLimits:
    return ClientLimits(
        connect_timeout_s=timeout_s,
        answer_timeout_s=timeout_s,
        printing_timeout_s=timeout_s,
        send_timeout_s=DOCUMENT_PAUSE_S,
        connections=1,
    )


class CupsLink:
    """A connection to CUPS for a few questions; an async context manager.

    Args:
        server: Where CUPS is.
        user: Whose name the questions carry.
        timeout_s: For connecting, and for each answer.
    """

    def __init__(self, server: Server, *, user: str, timeout_s: float) -> None:
        self.server = server
        self._user = user
        self._client = IppClient(
            f"ipp://{server.authority}/", limits=_limits(timeout_s), socket_path=server.socket or None
        )

    async def ask(self, request: Message, *, what: str, document: AsyncIterator[bytes] | None = None) -> Message | None:
        """Sends a request and returns the answer; None when what it is about does not exist.

        Args:
            request: With any target of this server.
            what: What CUPS is asked to do, for errors: ``list its queues``.
            document: Follows the request.

        Raises:
            SpoolerError: CUPS does not answer, or refuses.
        """
        async with self._errors(what):
            answer = await self._client.request(request, document)
        return self._checked(answer, what)

    async def fetch(self, request: Message, *, what: str) -> bytes | None:
        """Sends a request and returns the data that follows the answer; None when what it is about does not exist.

        Raises:
            SpoolerError: CUPS does not answer, or refuses.
        """
        async with self._errors(what):
            answer, data = await self._client.fetch(request)
        return None if self._checked(answer, what) is None else data

    @asynccontextmanager
    async def _errors(self, what: str) -> AsyncIterator[None]:
        try:
            yield
        except HttpStatusError as error:
            raise self._refusal(error.status in _FORBIDDEN_HTTP, str(error), what) from error
        except PeerError as error:
            why = error.why if isinstance(error, Unreachable) else str(error)
            raise CupsAway(str(self.server), why) from error

    def _checked(self, answer: Message, what: str) -> Message | None:
        if answer.code in _GONE:
            return None
        if answer.code >= _FIRST_ERROR:
            raise self._refusal(answer.code in _FORBIDDEN, said_by(answer), what)
        return answer

    def _refusal(self, forbidden: bool, said: str, what: str) -> SpoolerError:
        return NotAllowed(what, self._user, said) if forbidden else CupsRefused(what, said)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()


async def ask_endpoint(uri: str, user: str, timeout_s: float) -> Group:
    """What an endpoint says of itself when asked as CUPS will ask it.

    Raises:
        BadInput: The URI is none.
        PeerError: It does not answer, or not properly, or with an error.
    """
    try:
        client = IppClient(uri, limits=_limits(timeout_s))
    except ValueError as error:
        raise BadInput(str(error), next_step="Give the ipp:// address of the printer in this agent.") from error
    try:
        answer = await client.request(get_endpoint(uri, user))
    finally:
        await client.aclose()
    if answer.code >= _FIRST_ERROR:
        raise IppStatusError(uri, answer.code, answer.operation.string("status-message") or "")
    return answer.first(GroupTag.PRINTER)
