"""Parts of uploads as they come: what one costs is bounded by its size, whoever sends it however."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from starlette.requests import Request

from tympan_hub.domain.errors import TooLarge
from tympan_hub.http.agent.parts import body_of

pytestmark = pytest.mark.anyio


def in_pieces(count: int) -> Request:
    """A body that comes two bytes at a time."""
    left = iter(range(count))

    async def receive() -> dict[str, Any]:
        number = next(left)
        return {"type": "http.request", "body": number.to_bytes(2, "big"), "more_body": number < count - 1}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def test_a_part_that_comes_in_tiny_pieces_costs_no_more_than_one_that_comes_whole() -> None:
    pieces = 1 << 16
    tracemalloc.start()
    try:
        content = await body_of(in_pieces(pieces), 2 * pieces)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert content == b"".join(number.to_bytes(2, "big") for number in range(pieces))
    assert peak < 4 * len(content)


async def test_a_part_that_has_more_than_it_said_is_refused_with_the_piece_in_which_it_has() -> None:
    with pytest.raises(TooLarge):
        await body_of(in_pieces(100), 99)


async def test_a_part_that_has_less_is_what_came() -> None:
    assert len(await body_of(in_pieces(10), 99)) == 20
