"""An upload under way: what the hub has of it, what was read, and the first thing that went wrong."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator

import attrs
import trio

from tympan_transport_https._errors import BodyMismatch, HubGarbled
from tympan_transport_https._limits import PACED_PART_S, UPLOAD_PARTS_AT_ONCE
from tympan_wire.hub import PART_BYTES, PART_BYTES_LEAST, UPLOAD_PARTS, PartHeld, UploadStanding


@attrs.define(kw_only=True, eq=False)
class Sending:
    """An upload under way.

    Attributes:
        name: What it is.
        standing: How the hub says it stands.
        rate: Bytes a second it may have; 0 for as fast as it goes.
        watch: Told what it waits for.
        sha256s: The checksums of the parts that were read, in order.
        lanes: A place for each part under way; under a cap one, for more would only take longer each.
        asked: How often the hub was asked how it stands.
        asking: Held by who asks.
        scope: Of all parts under way; ended when one fails.
    """

    name: str
    standing: UploadStanding
    rate: int
    watch: Callable[[str], None] | None = None
    sha256s: list[str] = attrs.field(factory=list)
    lanes: trio.Semaphore = attrs.field(init=False)
    asked: int = 0
    asking: trio.Lock = attrs.field(factory=trio.Lock)
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    _failure: Exception | None = None

    def __attrs_post_init__(self) -> None:
        self.lanes = trio.Semaphore(1 if self.rate else UPLOAD_PARTS_AT_ONCE)

    def read(self, part: bytes) -> tuple[int, str]:
        """Number and checksum of the next part; raises ``BodyMismatch`` when the hub has another, finished."""
        number, sha256 = len(self.sha256s), hashlib.sha256(part).hexdigest()
        self.sha256s.append(sha256)
        if self.standing.finished and not self.has(number, sha256):
            raise BodyMismatch(f"the hub has another body under the name {self.name!r:.200}")
        return number, sha256

    def has(self, number: int, sha256: str) -> bool:
        """Whether the hub has this part."""
        return PartHeld(number=number, sha256=sha256) in self.standing.parts

    @contextlib.contextmanager
    def failing(self) -> Iterator[None]:
        """What goes wrong inside ends all that is beside it."""
        try:
            yield
        except Exception as error:  # the reader's as well as a part's: `check` raises it as it is
            self._failure = self._failure or error
            self.scope.cancel()

    def check(self) -> None:
        """Raises what went wrong first."""
        if self._failure is not None:
            raise self._failure


async def parts_of(body: AsyncIterator[bytes], standing: UploadStanding) -> AsyncIterator[bytes]:
    """The body in parts; raises ``BodyMismatch`` when it has not the size it shall have."""
    held, taken = bytearray(), 0
    async for piece in body:
        taken += len(piece)
        if taken > standing.size:
            raise BodyMismatch(f"the body has more than the {standing.size} bytes it was said to have")
        held += piece
        while len(held) >= standing.part_bytes:
            yield bytes(memoryview(held)[: standing.part_bytes])
            del held[: standing.part_bytes]
    if taken != standing.size:
        raise BodyMismatch(f"the body has {taken} bytes and not the {standing.size} it was said to have")
    if held:
        yield bytes(held)


def checked(standing: UploadStanding, size_bytes: int) -> UploadStanding:
    """What the hub says of an upload; raises ``HubGarbled`` when that is another one."""
    if standing.size != size_bytes or not 0 < standing.part_bytes <= PART_BYTES:
        raise HubGarbled("an upload of another size")
    if size_bytes > standing.part_bytes * UPLOAD_PARTS:
        raise HubGarbled("an upload in more parts than there may be")
    return standing


def part_bytes_for(size_bytes: int, *, usual: int, rate: int) -> int:
    """How large parts are: smaller under a cap, larger where there would be more of them than the hub takes."""
    wanted = min(usual, max(rate * PACED_PART_S, PART_BYTES_LEAST)) if rate else usual
    return min(max(wanted, -(-size_bytes // UPLOAD_PARTS)), PART_BYTES)
