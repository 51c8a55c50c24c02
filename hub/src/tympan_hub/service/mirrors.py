"""Mirrored jobs: sealed bytes at the hub, for agents that did not take the job; the hub has no key."""

from collections.abc import AsyncIterator

from tympan_hub.ports import Bearer, Blobs, Clock, Units
from tympan_wire.hub import MirrorRequest


class MirrorService:
    """Mirrored jobs of a tenant."""

    def __init__(self, units: Units, clock: Clock, blobs: Blobs) -> None:
        self._units = units
        self._clock = clock
        self._blobs = blobs

    async def keep(self, bearer: Bearer, request: MirrorRequest) -> None:
        """This agent's held job is uploaded: those with an envelope may print it."""
        raise NotImplementedError

    async def size(self, bearer: Bearer, upload: str) -> int:
        """How many bytes an agent with an envelope can read; raises ``NotFound`` for any other."""
        raise NotImplementedError

    def read(self, bearer: Bearer, upload: str, start: int, size: int) -> AsyncIterator[bytes]:
        """Sealed bytes from ``start`` on, at most ``size``, piece by piece."""
        raise NotImplementedError
