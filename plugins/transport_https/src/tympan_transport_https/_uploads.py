"""``HubUploads``: bodies in parts, each proved by a checksum, gone on with after any break.

- One part is in memory at a time, and one part is what a break costs: the hub says which ones it has.
- The body is read once, from its beginning: parts that the hub has from before are compared and not sent again.
- The hub takes the whole for finished when the checksum over those of its parts is ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import TypeVar

import attrs

from tympan_transport_https._errors import BodyMismatch, HubAway, HubForgot, HubGarbled, UploadGone
from tympan_transport_https._link import HttpsLink
from tympan_wire.hub import (
    DIGEST_HEADER,
    PART_BYTES,
    Done,
    HubMessageError,
    Operation,
    PartHeld,
    UploadAbandon,
    UploadFinish,
    UploadQuestion,
    UploadRequest,
    UploadStanding,
    decode,
    digest_header,
    digest_of,
    encode,
    part_path,
)

_A = TypeVar("_A")


class HttpsUploads:
    """Uploads to the hub."""

    def __init__(self, link: HttpsLink, *, part_bytes: int = PART_BYTES) -> None:
        self._link = link
        self._part_bytes = part_bytes

    async def upload(self, name: str, body: AsyncIterator[bytes], *, size_bytes: int, user: str) -> str:
        """As the port says."""
        request = UploadRequest(name=name, size=size_bytes, part_bytes=self._part_bytes, user=user)
        standing = _checked(await self._asked(UploadStanding, Operation.UPLOAD, request), size_bytes)
        sending = _Sending(name=name, standing=standing)
        try:
            async for part in _parts(body, standing):
                await self._part(sending, part)
            await self._finish(sending)
        except HubForgot as error:
            raise UploadGone(name) from error
        except BodyMismatch:
            if not sending.standing.finished:  # what is whole is somebody's, and stays
                await self._asked(Done, Operation.UPLOAD_ABANDON, UploadAbandon(upload=standing.upload))
            raise
        return standing.upload

    async def _part(self, sending: _Sending, part: bytes) -> None:
        sha256 = hashlib.sha256(part).hexdigest()
        number = len(sending.sha256s)
        sending.sha256s.append(sha256)
        if sending.has(number, sha256):
            return
        if sending.standing.finished:
            raise BodyMismatch(f"the hub has another body under the name {sending.name!r:.200}")
        headers = {DIGEST_HEADER: digest_header(sha256), "content-type": "application/octet-stream"}
        while True:
            try:
                answer = await self._link.send(part_path(sending.standing.upload, number), headers, part)
            except HubAway:
                if await self._arrived(sending, number, sha256):
                    return
            else:
                _read(PartHeld, answer)
                return

    async def _arrived(self, sending: _Sending, number: int, sha256: str) -> bool:
        """Asks which parts the hub has: the answer may have been lost, and not the part."""
        question = UploadQuestion(upload=sending.standing.upload)
        sending.standing = await self._asked(UploadStanding, Operation.UPLOAD_STANDING, question)
        return sending.has(number, sha256)

    async def _finish(self, sending: _Sending) -> None:
        finish = UploadFinish(upload=sending.standing.upload, digest=digest_of(sending.sha256s))
        standing = await self._asked(UploadStanding, Operation.UPLOAD_FINISH, finish)
        if not standing.finished:
            raise HubGarbled("an upload that was finished and is not")

    async def _asked(self, kind: type[_A], operation: Operation, message: object) -> _A:
        """An answer, however long the hub is away: whoever asked has given up when this is cancelled."""
        while True:
            try:
                return _read(kind, await self._link.request(operation, encode(message)))
            except HubAway:
                continue  # the link waits before it asks again


@attrs.define(kw_only=True)
class _Sending:
    """An upload under way: how the hub says it stands, and the checksums of the parts that were read."""

    name: str
    standing: UploadStanding
    sha256s: list[str] = attrs.field(factory=list)

    def has(self, number: int, sha256: str) -> bool:
        """Whether the hub has this part."""
        return PartHeld(number=number, sha256=sha256) in self.standing.parts


async def _parts(body: AsyncIterator[bytes], standing: UploadStanding) -> AsyncIterator[bytes]:
    """The body in parts; raises ``BodyMismatch`` when it has not the size it shall have."""
    held, taken = bytearray(), 0
    async for piece in body:
        taken += len(piece)
        if taken > standing.size:
            raise BodyMismatch(f"the body has more than the {standing.size} bytes it was said to have")
        held += piece
        while len(held) >= standing.part_bytes:
            yield bytes(held[: standing.part_bytes])
            del held[: standing.part_bytes]
    if taken != standing.size:
        raise BodyMismatch(f"the body has {taken} bytes and not the {standing.size} it was said to have")
    if held:
        yield bytes(held)


def _checked(standing: UploadStanding, size_bytes: int) -> UploadStanding:
    if standing.size != size_bytes or not 0 < standing.part_bytes <= PART_BYTES:
        raise HubGarbled("an upload of another size")
    return standing


def _read(kind: type[_A], answer: bytes) -> _A:
    try:
        return decode(kind, answer)
    except HubMessageError as error:
        raise HubGarbled(str(error)) from error
