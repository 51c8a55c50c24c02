"""Jobs accepted durably through the endpoint, 10 KB each, beside the disk's own limit, and CUPS.

- The limit is a bare write + fsync + rename of the same bytes on the same disk, by as many processes as there are
  connections. CUPS does not fsync and is shown for the record.
- Every job is held (job-hold-until), so that no delivery competes; inspection does, as it would in use.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import trio
from stage import PeerCups, Server, device, our_agent, peer_cups, private_directory, put_load

from figures import Row, ratio_row, record_row

DOCUMENT = Path(__file__).parents[2] / "tests" / "documents" / "07-linearized-objstm-1.5.pdf"
DOCUMENT_BYTES = 10 * 1024
CONNECTIONS = (1, 16)
ROUNDS = 5
ROUND_S = 2.0
MOST = 4500
"""Jobs of one round: the agent takes 5,000 at a time."""


def run() -> list[Row]:
    """The rows of this benchmark: medians of interleaved rounds, each with a new agent."""
    return trio.run(_measured)


async def _measured() -> list[Row]:
    with private_directory("accept") as place:
        document = place / "document"
        document.write_bytes(DOCUMENT.read_bytes().ljust(DOCUMENT_BYTES))
        async with peer_cups() as cups:
            return [row for connections in CONNECTIONS for row in await _rows(cups, document, connections)]


async def _rows(cups: PeerCups, document: Path, connections: int) -> list[Row]:
    rounds = [await _round(cups, document, connections) for _ in range(ROUNDS)]
    ours, bare, peer = (statistics.median(column) for column in zip(*rounds, strict=True))
    figure = f"jobs accepted durably, 10 KB, {connections} connection{'s' if connections > 1 else ''}"
    limit = "bare write + fsync + rename"
    return [
        ratio_row(figure, ours=ours, peer=bare, unit="1/s", promise=">=", bound=0.7, beside=limit),
        record_row(f"{figure}, beside CUPS", ours=ours, peer=peer, unit="1/s", beside="CUPS, which does not fsync"),
    ]


async def _round(cups: PeerCups, document: Path, connections: int) -> tuple[float, float, float]:
    async with device() as eve, our_agent(eve) as agent:
        ours = await _accepted(agent.server, document, connections)
    bare = await _bare(document, connections)
    return ours, bare, await _accepted(cups.server, document, connections)


async def _accepted(server: Server, document: Path, connections: int) -> float:
    done = await put_load(
        "requests",
        server,
        operation="print",
        media_type="application/pdf",
        document=str(document),
        connections=connections,
        seconds=ROUND_S,
        most=MOST,
    )
    return float(done["rate"])


async def _bare(document: Path, writers: int) -> float:
    script = Path(__file__).with_name("bare_disk.py")
    with private_directory("bare") as place:
        command = [sys.executable, str(script), str(place), str(writers), str(ROUND_S), str(document)]
        done = await trio.run_process(command, capture_stdout=True)
    return float(done.stdout)


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
