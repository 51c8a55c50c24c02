"""The way to a device that takes bytes on a socket and tells nothing.

- ``sending`` is written down before the first byte leaves, ``sent`` when the device has closed the connection well.
- A job that was found ``sending`` is never sent again: part of it may be on paper.
"""

from typing import Final
from urllib.parse import urlsplit

import trio

from tympan.plugin import (
    CanceledAtDevice,
    Claimed,
    Completed,
    Deferred,
    Delivery,
    Job,
    LostTrack,
    NotMine,
    Outcome,
    Printer,
    SendAgain,
)

PORT: Final = 9100
CONNECT_S: Final = 10.0
"""For a device in the local network to answer."""
STALL_S: Final = 300.0
"""Without the device taking a byte: out of paper is no failure, and a person needs some minutes."""
TOLD: Final = "The device took all of it; it does not tell whether it came out."
SENDING, SENT = b"sending", b"sent"


class RawRoute:
    """Takes jobs of printers whose URI is ``socket://HOST[:PORT]``."""

    async def claim(self, job: Job, printer: Printer) -> Claimed | NotMine:
        """By the printer's URI alone."""
        await trio.lowlevel.checkpoint()
        if urlsplit(printer.uri).scheme == "socket":
            return Claimed(note="over a raw socket")
        return NotMine(reason="the printer has no socket:// address")

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Sends all of it, or says where it broke off."""
        if delivery.cancel_requested:
            return CanceledAtDevice(detail="Canceled before any of it was sent.")
        parts = urlsplit(delivery.printer.uri)
        try:
            with trio.fail_after(CONNECT_S):
                stream = await trio.open_tcp_stream(parts.hostname or "", parts.port or PORT)
        except (OSError, trio.TooSlowError) as error:
            return Deferred(reason="offline-report", detail=f"{parts.hostname} does not answer: {error}")
        async with stream:
            await delivery.checkpoint(SENDING, what="being sent", why=f"to {parts.hostname}")
            try:
                await _send(stream, delivery)
            except (OSError, trio.TooSlowError, trio.BrokenResourceError) as error:
                return LostTrack(detail=f"The connection broke off ({error}); part of it may be on paper.")
        await delivery.sent(SENT)
        return Completed(detail=TOLD)

    async def recover(self, delivery: Delivery) -> Outcome | SendAgain:
        """The device cannot be asked."""
        await trio.lowlevel.checkpoint()
        if delivery.evidence == SENT:
            return Completed(detail=TOLD)
        return LostTrack(detail="This computer stopped while it was being sent; part of it may be on paper.")


async def _send(stream: trio.SocketStream, delivery: Delivery) -> None:
    done = 0
    async for piece in delivery.document.stream():
        with trio.fail_after(STALL_S):
            await stream.send_all(piece)
        done += len(piece)
        delivery.progress(reason="job-transferring", detail=f"{done} of {delivery.document.size_bytes} bytes sent")
    await stream.send_eof()
    with trio.fail_after(STALL_S):
        while await stream.receive_some(4096):
            pass  # some devices chatter; an end without an error is their word that they took it
