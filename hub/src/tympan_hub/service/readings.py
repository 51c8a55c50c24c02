"""Sealed bytes for agents that did not upload them: of mirrored jobs, and of the tunnel."""

from tympan_hub.domain.errors import NotFound
from tympan_hub.ports import Bearer
from tympan_hub.service.mirrors import MirrorService
from tympan_hub.service.tunnel import TunnelService


class ReadingService:
    """Reads for whoever may."""

    def __init__(self, mirrors: MirrorService, tunnel: TunnelService) -> None:
        self._mirrors = mirrors
        self._tunnel = tunnel

    async def size(self, bearer: Bearer, upload: str) -> int:
        """How many bytes an agent can read; raises ``NotFound`` for one that may not."""
        try:
            return await self._mirrors.size(bearer, upload)
        except NotFound:
            return await self._tunnel.size(bearer, upload)

    async def read(self, bearer: Bearer, upload: str, start: int, size: int) -> bytes:
        """Sealed bytes from ``start`` on, at most ``size``, which is a part at most; raises as `size`."""
        try:
            return await self._mirrors.read(bearer, upload, start, size)
        except NotFound:
            return await self._tunnel.read(bearer, upload, start, size)
