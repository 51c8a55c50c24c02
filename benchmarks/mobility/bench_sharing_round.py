"""A round of sharing with 1,000 queues of which none changed: its one question, by a real hub's answer.

- Bytes of the question and its answer, beside telling the hub all 1,000 anew.
- How long the hub takes for it, beside the same question of a computer that shares nothing; the two take turns.
"""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid
from typing import Final

from hub_stage import estate, served_hub
from reports import Line

from figures import Row, record_row, value_row
from tympan_wire.hub import (
    SHARES_AT_ONCE,
    KnownShare,
    Operation,
    Share,
    ShareOption,
    SharesAnswer,
    SharesChange,
    SharesRequest,
    decode,
    encode,
    shares_digest,
)

QUEUES: Final = 1000
ROUNDS: Final = 100
SMALL_BYTES: Final = 1024
"""A question and an answer of this size are one packet each way."""


def shared(number: int) -> Share:
    """A queue of an office printer."""
    options = (
        ShareOption(name="sides", values=("one-sided", "two-sided-long-edge"), default="one-sided"),
        ShareOption(name="media", values=("iso_a4_210x297mm", "na_letter_8.5x11in"), default="iso_a4_210x297mm"),
        ShareOption(name="print-color-mode", values=("color", "monochrome"), default="color"),
    )
    made = Share(
        id=uuid.uuid4(),
        queue=f"laser-{number}",
        name=f"Laser {number}",
        location=f"Room {number}",
        make_and_model="Acme Laser 4000",
        formats=("application/pdf",),
        options=options,
    )
    return made.hashed()


async def told(line: Line, shares: list[Share]) -> int:
    """Tells the hub all of them; returns the bytes that went both ways."""
    total = 0
    for start in range(0, len(shares), SHARES_AT_ONCE):
        body = encode(SharesChange(put=tuple(shares[start : start + SHARES_AT_ONCE])))
        total += len(body) + len(await line.ask(Operation.SHARES_CHANGE, body))
    return total


async def asked(line: Line, shares: list[Share]) -> tuple[int, float]:
    """One round in which nothing changed: bytes both ways, and seconds."""
    known = tuple(KnownShare(id=one.id, hash=one.hash) for one in shares)
    begin = time.perf_counter()
    body = encode(SharesRequest(digest=shares_digest(known)))
    answer = await line.ask(Operation.SHARES, body)
    took = time.perf_counter() - begin
    if not decode(SharesAnswer, answer).same:
        raise RuntimeError("the hub has other shares than it was told")
    return len(body) + len(answer), took


async def _rounds(port: int, full: str, empty: str) -> tuple[int, int, list[float], list[float]]:
    shares = [shared(number) for number in range(QUEUES)]
    busy, bare = await Line.open(port, full), await Line.open(port, empty)
    try:
        everything = await told(busy, shares)
        turns = [(await asked(busy, shares), await asked(bare, [])) for _ in range(ROUNDS)]
    finally:
        busy.close()
        bare.close()
    size = max(of_all[0] for of_all, _ in turns)
    return everything, size, [of_all[1] for of_all, _ in turns], [of_none[1] for _, of_none in turns]


def run() -> list[Row]:
    """The rows of this benchmark."""
    with estate(agents=2) as place, served_hub(place) as hub:
        full, empty = place.tokens()
        everything, size, ours, bare = asyncio.run(_rounds(hub.port, full, empty))
    figure = f"round of sharing, {QUEUES:,} queues unchanged"
    return [
        value_row(
            f"{figure}: its one question and answer",
            ours=size,
            peer=everything,
            unit="bytes",
            promise="<=",
            bound=SMALL_BYTES,
            beside="telling all of them anew",
        ),
        record_row(
            f"{figure}: from question to answer, p50",
            ours=statistics.median(ours) * 1000,
            peer=statistics.median(bare) * 1000,
            unit="ms",
            beside="the same of a computer that shares nothing",
        ),
    ]


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
