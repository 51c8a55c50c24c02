"""Whether the store of blobs answers."""

import asyncio
from typing import Final

from tympan_hub.adapters.blobs.objects import ObjectBlobs
from tympan_hub.domain.blobs import Kind
from tympan_hub.domain.errors import HubError
from tympan_hub.domain.ids import SERVICE

_WAIT_S: Final = 3.0
"""A proxy that asks whether we are ready does not wait longer."""


class BlobsProbe:
    """``Probe``: looks at a list that is nearly always empty; a bucket that is not there shows, too.

    A folder that is not there lists as an empty one, so it is asked for by itself.
    """

    name = "blobs"

    def __init__(self, blobs: ObjectBlobs) -> None:
        self._blobs = blobs

    async def problem(self) -> str:
        """As the port says; the store's own words may name machines, so they are not told here."""
        try:
            async with asyncio.timeout(_WAIT_S):
                if not await self._blobs.has_folder():
                    return "its folder is not there"
                async for _ in self._blobs.list(SERVICE, Kind.CHECKS):
                    break
        except (HubError, TimeoutError):
            return "the store does not answer"
        return ""
