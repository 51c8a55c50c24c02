"""One attempt to print a job on a queue, or to find what an earlier one left there.

- Written down before each step: that a job is about to be made, then its number, then that it has its document.
- An empty job prints nothing, so one that got no document is ended and the job may be sent again. One of which bytes
  may have come, and that the spooler does not know any more, is lost: nobody can tell what came out.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import trio

from tympan.plugin import (
    Aborted,
    CanceledAtDevice,
    Completed,
    Deferred,
    Delivery,
    LostTrack,
    Outcome,
    SendAgain,
    Spooler,
    SpoolJob,
    SpoolJobState,
    StoreError,
    TympanError,
)
from tympan_printer_sharing._evidence import Evidence, Step
from tympan_printer_sharing._limits import AGAIN_S, DETAIL_CHARS, ENDING_S

_LOST = "The print system knows nothing of the job any more; look whether its pages are there."
_NOTHING = "Canceled before anything was printed."


@attrs.define(kw_only=True)
class Attempt:
    """One of them; ``queue`` is the name of the queue when it began."""

    delivery: Delivery
    spooler: Spooler
    queue: str

    async def run(self, media_type: str, options: Mapping[str, str]) -> Outcome:
        """Hands the queue the job and follows it.

        Raises:
            TympanError: The queue did not take it, and nothing of it is there.
        """
        job = self.delivery.job
        starting = Evidence(step=Step.STARTING, queue=self.queue)
        await self.delivery.checkpoint(starting.encoded(), what="given to a queue of this computer", why=self.queue)
        try:
            number = await self.spooler.start_job(
                self.queue, job=job.uuid, title=job.name, user=job.user, media_type=media_type, options=options
            )
        except TympanError as error:
            return await self._after(starting, error)
        sending = Evidence(step=Step.SENDING, queue=self.queue, number=number)
        await self.delivery.checkpoint(sending.encoded(), what=f"the queue has job {number} for it")
        if not await self._unless_canceled(number):
            return await self._follow(number, canceled=True)
        try:
            await self.spooler.send_document(self.queue, number, self.delivery.document.stream())
        except StoreError:
            await self.spooler.cancel_job(self.queue, number)
            raise
        except TympanError as error:
            return await self._after(sending, error)
        await self.delivery.sent(attrs.evolve(sending, step=Step.SENT).encoded(), what="the queue has the document")
        return await self._follow(number)

    async def _unless_canceled(self, number: int) -> bool:
        """Whether to go on; a job somebody canceled meanwhile is ended while it is empty."""
        if not self.delivery.cancel_requested:
            return True
        await self.spooler.cancel_job(self.queue, number)
        return False

    async def _after(self, evidence: Evidence, error: TympanError) -> Outcome:
        """What became of a step that failed: looked up at once, as after a crash."""
        found = await self.find(evidence)
        if not isinstance(found, SendAgain):
            return found
        await self.delivery.checkpoint(b"", what="nothing of it is at the queue", why=found.why)
        return Deferred(reason="resources-are-not-ready", detail=error.sentence[:DETAIL_CHARS], retry_after_s=AGAIN_S)

    async def find(self, evidence: Evidence) -> Outcome | SendAgain:
        """Finds the job and follows it to its end, or shows that nothing of it was or will be printed.

        Raises:
            TympanError: The spooler cannot be asked now.
        """
        found = await self.spooler.find_job(self.queue, self.delivery.job.uuid)
        if found is None:
            if evidence.step is Step.STARTING:
                return SendAgain(why="the queue knows no job of it, and no byte had left")
            return LostTrack(detail=_LOST)
        if not found.received:
            return await self._end_empty(found)
        if evidence.step is not Step.SENT and not found.state.is_over:
            now = Evidence(step=Step.SENT, queue=self.queue, number=found.number)
            await self.delivery.sent(now.encoded(), what="the queue has the document")
        return await self._follow(found.number)

    async def _end_empty(self, found: SpoolJob) -> Outcome | SendAgain:
        """Ends a job that got no document; one that got it after all, in that moment, is followed."""
        if not found.state.is_over:
            await self.spooler.cancel_job(self.queue, found.number)
        last = found
        with trio.move_on_after(ENDING_S):
            async for told in self.spooler.follow_job(self.queue, found.number):
                last = told
        if not last.state.is_over:
            return Deferred(
                reason="resources-are-not-ready",
                detail=f"A job without a document does not end at the queue {self.queue}.",
                retry_after_s=AGAIN_S,
            )
        if last.received and last.state is not SpoolJobState.GONE:
            return LostTrack(detail="It was being handed to the queue when that broke off; look whether it came out.")
        return SendAgain(why="the queue had a job without its document, which was ended")

    async def _follow(self, number: int, *, canceled: bool = False) -> Outcome:
        """Tells how far it is, and its end; a person who cancels is heard."""
        last: SpoolJob | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._cancel_when_asked, number)
            async for last in self.spooler.follow_job(self.queue, number):
                self.delivery.progress(
                    impressions_completed=last.impressions,
                    reason=last.reasons[0] if last.reasons and not last.state.is_over else "none",
                    detail=last.detail[:DETAIL_CHARS],
                )
            nursery.cancel_scope.cancel()
        return _outcome(last, canceled=canceled or self.delivery.cancel_requested)

    async def _cancel_when_asked(self, number: int) -> None:
        await self.delivery.wait_cancel_requested()
        while True:
            try:
                await self.spooler.cancel_job(self.queue, number)
            except TympanError:
                await trio.sleep(AGAIN_S)  # the print system is away: asked again when it is back
            else:
                return


def _outcome(last: SpoolJob | None, *, canceled: bool) -> Outcome:
    if last is None or last.state is SpoolJobState.GONE:
        return LostTrack(detail=_LOST)
    if last.state is SpoolJobState.COMPLETED:
        return Completed(impressions=last.impressions, detail=last.detail[:DETAIL_CHARS])
    if last.state is SpoolJobState.CANCELED:
        return CanceledAtDevice(detail=_NOTHING if canceled and not last.received else "Canceled at the queue.")
    reason = last.reasons[0] if last.reasons else "aborted-by-system"
    detail = last.detail or "The print system gave it up; its log may tell why."
    return Aborted(reason=reason, detail=detail[:DETAIL_CHARS])
