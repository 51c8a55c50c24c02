"""An agent's end of a transfer as a process: the real plugin, told on its input what to do, one line of JSON each.

It enrols with a token, says which agent it became, and then answers each order with one line: what came of it.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import trio
from https_rig import parts

from tympan_transport_https._downloads import HttpsDownloads
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._membership import HubMembership
from tympan_transport_https._uploads import HttpsUploads
from tympan_wire.sealed import Opener

_READ_BYTES = 1 << 20


async def pieces(path: Path) -> AsyncIterator[bytes]:
    """A file."""
    async with await trio.open_file(path, "rb") as file:
        while piece := await file.read(_READ_BYTES):
            yield piece


class Ends:
    """What an end can do."""

    def __init__(self, membership: HubMembership, link: HttpsLink) -> None:
        self._membership = membership
        self._uploads, self._downloads = HttpsUploads(link), HttpsDownloads(link)

    async def token(self) -> dict[str, Any]:
        """An access token of this agent."""
        return {"token": await self._membership.standing.tokens.get()}

    async def upload(self, path: str, name: str, rate: int = 0) -> dict[str, Any]:
        """A file to the hub."""
        file, begin = Path(path), time.monotonic()
        size = file.stat().st_size
        reference = await self._uploads.upload(name, pieces(file), size_bytes=size, user="ben", rate=rate)
        return {"reference": reference, "took_s": time.monotonic() - begin}

    async def download(self, reference: str, size: int, key: str, document: str) -> dict[str, Any]:
        """What lies at the hub, opened: the checksum of what was sealed."""
        opener, found, begin = (
            Opener(bytes.fromhex(key), document=uuid.UUID(document)),
            hashlib.sha256(),
            time.monotonic(),
        )
        async for piece in self._downloads.download(reference, size_bytes=size):
            found.update(opener.update(piece))
        opener.finish()
        return {"sha256": found.hexdigest(), "took_s": time.monotonic() - begin}


async def main() -> None:
    """Until its input ends."""
    async with parts() as made:
        member = await made.membership.join(sys.argv[1], sys.argv[2])
        print(json.dumps({"agent": member.agent}), flush=True)
        ends = Ends(made.membership, made.link)
        while order := await trio.to_thread.run_sync(sys.stdin.readline):
            said = json.loads(order)
            print(json.dumps(await getattr(ends, said.pop("do"))(**said)), flush=True)


if __name__ == "__main__":
    trio.run(main)
