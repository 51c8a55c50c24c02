"""The route: prints a job on the queue of its share, and follows it to its true end there."""

from __future__ import annotations

import trio

from tympan.plugin import (
    CanceledAtDevice,
    Claimed,
    Deferred,
    Delivery,
    Job,
    LostTrack,
    NotMine,
    Outcome,
    Printer,
    SendAgain,
    Spooler,
    StoreError,
    TympanError,
    Unfit,
)
from tympan_printer_sharing._attempt import Attempt
from tympan_printer_sharing._book import ShareBook
from tympan_printer_sharing._evidence import Evidence
from tympan_printer_sharing._limits import AGAIN_S, DETAIL_CHARS, LISTED_S, SNIFFED_BYTES
from tympan_printer_sharing._model import Target, share_in
from tympan_printer_sharing._sniff import media_type_of
from tympan_printer_sharing._ticket import Misfit, fitted

_NOTHING_LEFT = CanceledAtDevice(detail="Canceled before anything was printed.")


class ShareRoute:
    """Prints on queues of this machine.

    Args:
        book: Shared with the service.
    """

    def __init__(self, book: ShareBook) -> None:
        self._book = book

    async def claim(self, job: Job, printer: Printer) -> Claimed | NotMine:
        """Printers whose address names a share of this machine: those of others are printers here, too."""
        await trio.lowlevel.checkpoint()
        if share_in(printer) is None or not printer.serves:
            return NotMine(reason="it is no queue of this computer")
        return Claimed(note="on a queue of this computer")

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Looks what the queue takes, hands it the job, and follows it."""
        if delivery.cancel_requested:
            return _NOTHING_LEFT
        spooler, target = await self._way(delivery)
        if spooler is None or target is None:
            return _away(spooler is None)
        try:
            return await self._print(delivery, spooler, target)
        except StoreError:
            raise  # the kernel knows what to do about its own disk
        except TympanError as error:
            return later(error)

    async def _print(self, delivery: Delivery, spooler: Spooler, target: Target) -> Outcome:
        told = await spooler.capabilities(target.queue)
        start = await delivery.document.read(0, SNIFFED_BYTES)
        media_type = media_type_of(start, delivery.document.media_type)
        if media_type not in told.media_types:
            takes = ", ".join(told.media_types[:5]) or "nothing this computer knows of"
            detail = f"The queue {target.queue} has no driver, and its device does not take {media_type} ({takes})."
            return Unfit(reason="document-format-not-supported", detail=detail)
        fit = fitted(delivery.job.ticket, told, target.defaults, target.queue)
        if isinstance(fit, Misfit):
            return Unfit(reason=fit.reason, detail=fit.detail)
        if fit.left_out:
            await delivery.note("printed without what the queue has not", why=", ".join(fit.left_out))
        attempt = Attempt(delivery=delivery, spooler=spooler, queue=target.queue)
        return await attempt.run(media_type, fit.options)

    async def recover(self, delivery: Delivery) -> Outcome | SendAgain:
        """Finds the job of an earlier attempt at the spooler and follows it to its end."""
        evidence = Evidence.decoded(delivery.evidence)
        if evidence is None:
            return LostTrack(detail="What was noted about the job cannot be read; look whether its pages are there.")
        spooler, _ = await self._way(delivery)
        if spooler is None:
            return _away(True)
        try:
            return await Attempt(delivery=delivery, spooler=spooler, queue=evidence.queue).find(evidence)
        except StoreError:
            raise
        except TympanError as error:
            return later(error)

    async def _way(self, delivery: Delivery) -> tuple[Spooler | None, Target | None]:
        share = share_in(delivery.printer)
        target = await self._book.target(share, LISTED_S) if share is not None else None
        return self._book.spooler(), target


def _away(no_spooler: bool) -> Deferred:
    what = "No plugin for the print system of this computer is running."
    detail = what if no_spooler else "The queue of this printer is gone from its computer, or not shared any more."
    return Deferred(reason="offline-report", detail=detail, retry_after_s=AGAIN_S)


def later(error: TympanError) -> Deferred:
    """The print system is away or says no: nothing was printed, and it is tried again."""
    return Deferred(reason="resources-are-not-ready", detail=error.sentence[:DETAIL_CHARS], retry_after_s=AGAIN_S)
