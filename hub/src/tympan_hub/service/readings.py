"""Sealed bytes for agents that did not upload them: of mirrored jobs, and of the tunnel."""

from collections.abc import Callable

from attrs import frozen

from tympan_hub.domain.errors import BadInput, NotFound
from tympan_hub.domain.ids import UploadId
from tympan_hub.domain.limits.uploads import BLOB_BYTES
from tympan_hub.domain.policy import TUNNEL_PRESIGNED
from tympan_hub.ports import Bearer, Units
from tympan_hub.service.mirrors import MirrorService
from tympan_hub.service.tunnel import TunnelService
from tympan_hub.service.tunnel_policy import is_on
from tympan_hub.service.uploads import Elsewhere, UploadService

Wanted = Callable[[int], tuple[int, int]]


@frozen(kw_only=True)
class Reading:
    """Bytes that were read.

    Attributes:
        start: The first.
        end: The one behind the last.
        size: Of all of it.
        content: They; b"" where they are fetched from the store.
        there: Where the store gives them.
    """

    start: int
    end: int
    size: int
    content: bytes = b""
    there: Elsewhere | None = None


class ReadingService:
    """Reads for whoever may."""

    def __init__(self, units: Units, mirrors: MirrorService, tunnel: TunnelService, uploads: UploadService) -> None:
        self._units = units
        self._uploads = uploads
        self._mirrors = mirrors
        self._tunnel = tunnel

    async def size(self, bearer: Bearer, upload: str) -> int:
        """How many bytes an agent can read; raises ``NotFound`` for one that may not."""
        try:
            return await self._mirrors.size(bearer, upload)
        except NotFound:
            return await self._tunnel.size(bearer, upload)

    async def read(self, bearer: Bearer, upload: str, wanted: Wanted, *, from_store: bool) -> Reading:
        """Sealed bytes, a part at most.

        Args:
            bearer: Who asks.
            upload: Of which upload.
            wanted: Chooses, of so many bytes, the first and the one behind the last.
            from_store: Whether they may also be fetched from the store, where policy lets agents do so.

        Raises:
            NotFound: This agent may read no such document, or it is not there any more.
            BadInput: More is wanted than is read at once.
        """
        size = await self.size(bearer, upload)
        start, end = wanted(size)
        there = await self._elsewhere(bearer, UploadId(upload), start, end) if from_store else None
        if there is not None:
            return Reading(start=start, end=end, size=size, there=there)
        if end - start > BLOB_BYTES:
            raise BadInput(f"at most {BLOB_BYTES} bytes are read at once")
        pieces = [piece async for piece in self._uploads.read(bearer.tenant, UploadId(upload), start, end - start)]
        return Reading(start=start, end=end, size=size, content=pieces[0] if len(pieces) == 1 else b"".join(pieces))

    async def _elsewhere(self, bearer: Bearer, upload: UploadId, start: int, end: int) -> Elsewhere | None:
        async with self._units.reading() as unit:
            if not await is_on(unit, bearer, TUNNEL_PRESIGNED):
                return None
        return await self._uploads.address(bearer.tenant, upload, start, end - start)
