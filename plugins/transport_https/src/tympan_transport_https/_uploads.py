"""``HubUploads``: bodies in parts, some at once, each proved by a checksum, gone on with after any break.

- Parts that are not answered are never more bytes than the window has: that is what memory holds and a cut costs.
- The body is read once, from its beginning: parts that the hub has from before are compared and not sent again.
- After a break the hub is asked which parts it has before one is sent again: an answer may be lost, and not its part.
- The hub takes the whole for finished when the checksum over those of its parts is ours.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import trio

from tympan_transport_https._errors import BodyMismatch, HubAway, HubBusy, HubForgot, HubGarbled, UploadGone
from tympan_transport_https._limits import PACED_RATE_LEAST, UPLOAD_PART_BYTES, UPLOAD_WINDOW_BYTES
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._pacer import Pacer
from tympan_transport_https._rules import understood
from tympan_transport_https._sending import Sending, checked, part_bytes_for, parts_of
from tympan_transport_https._window import Window
from tympan_wire.hub import (
    DIGEST_HEADER,
    Done,
    Operation,
    PartHeld,
    UploadAbandon,
    UploadFinish,
    UploadQuestion,
    UploadRequest,
    UploadStanding,
    digest_header,
    digest_of,
    encode,
    part_path,
)

_A = TypeVar("_A")


class HttpsUploads:
    """Uploads to the hub."""

    def __init__(self, link: HttpsLink, *, part_bytes: int = UPLOAD_PART_BYTES) -> None:
        self._link = link
        self._part_bytes = part_bytes
        self._window = Window(UPLOAD_WINDOW_BYTES)
        self._pacer = Pacer()
        self._unfinished: dict[str, str] = {}

    async def upload(
        self,
        name: str,
        body: AsyncIterator[bytes],
        *,
        size_bytes: int,
        user: str,
        rate: int = 0,
        watch: Callable[[str], None] | None = None,
    ) -> str:
        """As the port says."""
        asked = functools.partial(self._asked, watch=watch)
        rate = max(rate, PACED_RATE_LEAST) if rate else 0
        part_bytes = part_bytes_for(size_bytes, usual=self._part_bytes, rate=rate)
        request = UploadRequest(name=name, size=size_bytes, part_bytes=part_bytes, user=user)
        standing = checked(await asked(UploadStanding, Operation.UPLOAD, request), size_bytes)
        sending = Sending(name=name, standing=standing, rate=rate, watch=watch)
        self._unfinished[name] = standing.upload
        try:
            await self._to_the_end(sending, body)
        except Exception:  # whoever was only cancelled may abandon it, or come again
            self._unfinished.pop(name, None)
            raise
        self._unfinished.pop(name, None)
        return standing.upload

    async def _to_the_end(self, sending: Sending, body: AsyncIterator[bytes]) -> None:
        try:
            await self._send(sending, body)
            await self._finish(sending)
        except HubForgot as error:
            raise UploadGone(sending.name) from error
        except BodyMismatch:
            if not sending.standing.finished:  # what is whole is somebody's, and stays
                await self._asked(Done, Operation.UPLOAD_ABANDON, UploadAbandon(upload=sending.standing.upload))
            raise

    async def abandon(self, name: str) -> None:
        """As the port says."""
        upload = self._unfinished.pop(name, None)
        if upload is not None:
            with contextlib.suppress(HubForgot):
                understood(
                    Done, await self._link.request(Operation.UPLOAD_ABANDON, encode(UploadAbandon(upload=upload)))
                )

    async def _send(self, sending: Sending, body: AsyncIterator[bytes]) -> None:
        """Every part; the first thing that goes wrong ends those beside it."""
        async with trio.open_nursery() as nursery:
            sending.scope = nursery.cancel_scope
            with sending.failing():
                async for part in parts_of(body, sending.standing):
                    number, sha256 = sending.read(part)
                    if not sending.has(number, sha256):
                        await sending.lanes.acquire()
                        nursery.start_soon(self._part, sending, number, sha256, part)
        sending.check()

    async def _part(self, sending: Sending, number: int, sha256: str, part: bytes) -> None:
        with sending.failing():
            try:
                await self._arrive(sending, number, sha256, part)
            finally:
                sending.lanes.release()

    async def _arrive(self, sending: Sending, number: int, sha256: str, part: bytes) -> None:
        path = part_path(sending.standing.upload, number)
        payload = functools.partial(self._pacer.pieces, part, sending.rate)
        headers = {
            DIGEST_HEADER: digest_header(sha256),
            "content-type": "application/octet-stream",
            "content-length": str(len(part)),
        }
        while True:
            try:
                async with self._window.room(len(part)):  # left by a break: what was beside it goes again one by one
                    answer = await self._link.send(path, headers, payload)
            except HubAway as error:
                self._window.narrow()
                tell(sending.watch, error)
                await self._ask(sending)
                if sending.has(number, sha256):
                    return
            else:
                understood(PartHeld, answer)
                tell(sending.watch)
                return

    async def _ask(self, sending: Sending) -> None:
        """Learns which parts the hub has; of those who come to ask it, one does for all."""
        before = sending.asked
        async with sending.asking:
            if sending.asked == before:
                sending.asked += 1
                question = UploadQuestion(upload=sending.standing.upload)
                sending.standing = await self._asked(UploadStanding, Operation.UPLOAD_STANDING, question)

    async def _finish(self, sending: Sending) -> None:
        finish = UploadFinish(upload=sending.standing.upload, digest=digest_of(sending.sha256s))
        standing = await self._asked(UploadStanding, Operation.UPLOAD_FINISH, finish, watch=sending.watch)
        if not standing.finished:
            raise HubGarbled("an upload that was finished and is not")

    async def _asked(
        self, kind: type[_A], operation: Operation, message: object, *, watch: Callable[[str], None] | None = None
    ) -> _A:
        """An answer, however long the hub is away: whoever asked has given up when this is cancelled."""
        while True:
            try:
                found = understood(kind, await self._link.request(operation, encode(message)))
            except HubAway as error:
                tell(watch, error)  # the link waits before it asks again
            else:
                tell(watch)
                return found


def tell(watch: Callable[[str], None] | None, error: HubAway | None = None) -> None:
    """Says that a hub which has no room is waited for, or that it goes on."""
    if watch is not None and (error is None or isinstance(error, HubBusy)):
        watch("" if error is None else error.sentence)
