"""Answers of loopback applications: a body that is short goes with the answer, any other is fetched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from tympan._outside._codec import BadValue, decode
from tympan._outside._limits import PIECE_BYTES
from tympan._ports import LocalResponse


def give_response(response: LocalResponse) -> tuple[dict[str, Any], AsyncIterator[bytes] | None]:
    """An answer as it is told, and its body where that is to be fetched."""
    told: dict[str, Any] = {"status": response.status, "headers": [list(pair) for pair in response.headers]}
    if not isinstance(response.body, bytes):
        return told, response.body
    if len(response.body) > PIECE_BYTES:
        return told, _whole(response.body)
    return {**told, "body": response.body}, None


def take_response(told: Any, items: Callable[[Any], AsyncIterator[bytes]]) -> LocalResponse:
    """The answer that was told; ``items`` makes the body that is to be fetched."""
    if not isinstance(told, dict):
        raise BadValue("what came over the pipe is no answer to a request")
    body = told.get("body", b"")
    return LocalResponse(
        status=decode(told.get("status"), int),
        headers=decode(told.get("headers"), tuple[tuple[str, str], ...]),
        body=body if isinstance(body, bytes) else items(body),
    )


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body
