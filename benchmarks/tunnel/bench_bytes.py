"""A sealed document through the hub by the agents' own ports, beside plain requests through the same hub, and curl.

Ours is all of it: parts read from a file, their checksums, the hub's proof, the row that tells of each part, ranges
fetched, and the document opened in memory. The peers send and fetch bytes. Rounds take turns, so that all have the
machine as it is; the best of each counts. Up and down are told apart for the record.
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import attrs
import trio
from bytes_stage import Curl, End, Sealed, Site, curl, end, sealed, site
from plain_requests import Plain

from figures import Row, ratio_row, record_row

MIB = 128
ROUNDS = 5
BOUND = 0.8


@attrs.define
class Took:
    """The least seconds one way took."""

    up: float = float("inf")
    down: float = float("inf")

    def look(self, up: float, down: float) -> None:
        """One more round."""
        self.up, self.down = min(self.up, up), min(self.down, down)

    @property
    def both(self) -> float:
        """MiB a second, there and back."""
        return 2 * MIB / (self.up + self.down)


def run() -> list[Row]:
    """The rows of this benchmark."""
    return trio.run(_measured)


async def _measured() -> list[Row]:
    ours, plain, bare = Took(), Took(), Took()
    with tempfile.TemporaryDirectory(prefix="tympan-bench-") as name:
        place = Path(name)
        document = sealed(place / "document", MIB << 20, 1)
        async with (
            site(place / "hub") as at,
            end(at.at.url, await at.token()) as sender,
            end(at.at.url, await at.token()) as receiver,
        ):
            peer = Plain(at.at.port, await sender.token(), document.path)
            with curl(place) as files:
                for turn in range(ROUNDS):
                    ours.look(*await _ours(at, sender, receiver, document, turn))
                    plain.look(*await _plain(at, peer, sender, document, turn))
                    bare.look(*await _curl(files, document, place / "fetched"))
    return _rows(ours, plain, bare)


async def _ours(at: Site, sender: End, receiver: End, document: Sealed, turn: int) -> tuple[float, float]:
    up = await sender.upload(document, f"ours/{turn}")
    at.mirror(up["reference"], document.size, sender.agent, receiver.agent)
    down = await receiver.download(document, up["reference"])
    if down["sha256"] != document.sha256:
        raise RuntimeError("what came out is not what was sealed")
    return up["took_s"], down["took_s"]


async def _plain(at: Site, peer: Plain, sender: End, document: Sealed, turn: int) -> tuple[float, float]:
    upload, up = await trio.to_thread.run_sync(peer.upload, f"plain/{turn}")
    at.mirror(upload, document.size, sender.agent, sender.agent)
    return up, await trio.to_thread.run_sync(peer.download, upload)


async def _curl(files: Curl, document: Sealed, to: Path) -> tuple[float, float]:
    up = await trio.to_thread.run_sync(files.upload, document.path)
    return up, await trio.to_thread.run_sync(files.download, to)


def _rows(ours: Took, plain: Took, bare: Took) -> list[Row]:
    what, told = f"{MIB} MiB sealed", functools.partial(record_row, unit="MiB/s")
    return [
        ratio_row(f"{what} through the hub, up and down", ours=ours.both, peer=plain.both, unit="MiB/s", promise=">=",
                  bound=BOUND, beside="plain requests to the same hub"),
        told(f"{what}, up alone", ours=MIB / ours.up, peer=MIB / plain.up, beside="plain requests"),
        told(f"{what}, down alone", ours=MIB / ours.down, peer=MIB / plain.down, beside="plain requests"),
        told(f"{what} through the hub, up and down", ours=ours.both, peer=bare.both, beside="curl and a file server"),
    ]  # fmt: skip


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
