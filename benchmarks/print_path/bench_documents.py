"""Documents of 1 MB, 50 MB and 1 GB in, sealed and durable, beside CUPS taking the same bytes, unsealed.

Both get one held job per document, chunked, from the same client; both start with nothing left to write to the disk.
The agent's memory is watched all the while, statistics of the document included.
"""

from __future__ import annotations

import os
import secrets
import statistics
from pathlib import Path

import attrs
import trio
from stage import RAW_FORMAT, OurAgent, PeerCups, Server, device, our_agent, peer_cups, private_directory, put_load

from figures import Row, ratio_row, record_row, value_row
from processes import own_mib, watched

PIECE_BYTES = 64 * 1024
GROWTH_MIB = 32.0
WARM_BYTES = 10_000_000
SETTLE_S = 1.0
"""Watched for so long after a document was accepted: it is inspected then."""
READER = "its process, which looks for pages in what only begins like a PDF"


@attrs.frozen(kw_only=True)
class Size:
    """One row of the table.

    Attributes:
        name: For people.
        size_bytes: Of the document.
        rounds: Documents sent to each.
        bound: Our speed, as a share of CUPS's.
    """

    name: str
    size_bytes: int
    rounds: int
    bound: float


SIZES = (
    Size(name="1 MB", size_bytes=1_000_000, rounds=21, bound=0.3),
    Size(name="50 MB", size_bytes=50_000_000, rounds=7, bound=0.5),
    Size(name="1 GB", size_bytes=1_000_000_000, rounds=3, bound=0.5),
)


def run() -> list[Row]:
    """The rows of this benchmark: medians of interleaved rounds."""
    return trio.run(_measured)


async def _measured() -> list[Row]:
    with private_directory("documents") as place:
        document = place / "piece"
        document.write_bytes(b"%PDF-1.7\n" + secrets.token_bytes(PIECE_BYTES - 9))
        async with device() as eve, peer_cups() as cups, our_agent(eve) as agent:
            await _sent(agent.server, document, WARM_BYTES, "application/pdf")
            await trio.sleep(SETTLE_S)
            before = own_mib(agent.process.pid)
            return [row for size in SIZES for row in await _rows(agent, cups, document, size, before)]


async def _rows(agent: OurAgent, cups: PeerCups, document: Path, size: Size, before: float) -> list[Row]:
    rounds: list[tuple[float, float]] = []
    grown = beside = 0.0
    for _ in range(size.rounds):
        os.sync()
        async with watched(agent.process.pid) as peak:
            ours = await _sent(agent.server, document, size.size_bytes, "application/pdf", settle_s=SETTLE_S)
        os.sync()
        rounds.append((ours, await _sent(cups.server, document, size.size_bytes, RAW_FORMAT)))
        grown, beside = max(grown, peak.mib - before), max(beside, peak.mib_below)
    ours, peer = (size.size_bytes / 1e6 / statistics.median(column) for column in zip(*rounds, strict=True))
    figure = f"{size.name} document in, sealed"
    return [
        ratio_row(figure, ours=ours, peer=peer, unit="MB/s", promise=">=", bound=size.bound, beside="CUPS, unsealed"),
        value_row(f"{figure}: memory grown", ours=grown, peer=None, unit="MiB", promise="<=", bound=GROWTH_MIB),
        record_row(f"{figure}: memory of the reader", ours=beside, peer=None, unit="MiB", beside=READER),
    ]


async def _sent(server: Server, document: Path, size_bytes: int, media_type: str, *, settle_s: float = 0.0) -> float:
    """Seconds until one document was accepted; it is removed afterwards."""
    task = {"document": str(document), "bytes": size_bytes, "media_type": media_type}
    done = await put_load("upload", server, **task)
    await trio.sleep(settle_s)
    await put_load("cancel", server, job=done["job"])
    return float(done["seconds"])


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
