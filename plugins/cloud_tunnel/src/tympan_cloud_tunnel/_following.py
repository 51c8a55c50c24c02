"""Following a job at the hub to its true end.

- What the hub says is believed as far as it can be: a job it once called begun is never sent again, whatever it says
  later.
- Before it is begun, it can be had back: when its owner cancels it, and when its device answers this computer again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import attrs
import trio

from tympan.plugin import Backoff, Delivery, Outcome, PrinterReach, SendAgain, TympanError
from tympan_cloud_tunnel._errors import NoReader, TunnelError
from tympan_cloud_tunnel._limits import DETAIL_CHARS, FOLLOW_S, REFUSED_S, RETRY_FIRST_S, RETRY_LAST_S
from tympan_cloud_tunnel._model import Evidence, Step
from tympan_cloud_tunnel._parcel import Parcel
from tympan_cloud_tunnel._rules import OPEN, PRINTED, SOMEBODY, UNPRINTED, answers, end_of, told
from tympan_cloud_tunnel._station import Station
from tympan_wire.hub import (
    CrossingCancel,
    CrossingsQuestion,
    CrossingStanding,
    CrossingStandings,
    CrossingState,
    HubMessageError,
    Operation,
    decode,
    encode,
)


@attrs.define(kw_only=True, eq=False)
class Following:
    """One job being followed.

    Attributes:
        parcel: The job, and the way to the hub.
        station: Where notices come.
        evidence: What is written down of it.
    """

    parcel: Parcel
    station: Station
    evidence: Evidence
    _backoff: Backoff = attrs.field(factory=lambda: Backoff(RETRY_FIRST_S, RETRY_LAST_S, REFUSED_S))
    _cancel_heard: bool = False
    _soon: bool = False
    _unbelieved: frozenset[str] = frozenset()

    async def to_the_end(self) -> Outcome | SendAgain:
        """Until the hub says how it ended, or that nothing of it was or will be printed."""
        while True:
            pause_s = FOLLOW_S
            try:
                standing = await self._ask()
                self._backoff.well()
                end = await self._take(standing)
            except (TympanError, HubMessageError) as error:
                pause_s = self._unheard(error)
            else:
                if end is not None:
                    return end
            if not self._soon:
                await self._pause(pause_s)
            self._soon = False

    # ------------------------------------------------------------------ what is asked

    async def _ask(self) -> CrossingStanding:
        if self._wants_back:
            said = await self._request(Operation.TUNNEL_CANCEL, CrossingCancel(job=self._job))
            answer = decode(CrossingStanding, said)
            self._cancel_heard = answer.state not in OPEN and self._delivery.cancel_requested
            return self._checked(answer)
        asked = await self._request(Operation.TUNNEL_STANDINGS, CrossingsQuestion(jobs=(self._job,)))
        standings = decode(CrossingStandings, asked).standings
        if len(standings) != 1:
            raise HubMessageError(f"{len(standings)} standings of one job")
        return self._checked(standings[0])

    @property
    def _wants_back(self) -> bool:
        if self._delivery.cancel_requested:
            return not self._cancel_heard
        return self.evidence.step is Step.RECALLED

    async def _request(self, operation: Operation, asked: object) -> bytes:
        return await self.parcel.link.hub.request(operation, encode(asked))

    def _checked(self, standing: CrossingStanding) -> CrossingStanding:
        if standing.job != self._job:
            raise HubMessageError("a standing of another job")
        return standing

    # ------------------------------------------------------------------ what is answered

    async def _take(self, standing: CrossingStanding) -> Outcome | SendAgain | None:
        if standing.state in PRINTED:
            await self._begun(standing)
        end = end_of(standing, self.evidence.step, canceled=self._delivery.cancel_requested)
        if end is not None:
            return end
        self._tell(standing)
        if standing.state is CrossingState.WAITING:
            await self._have_back()
        if standing.state in OPEN:
            await self._envelope(standing)
        return None

    def _tell(self, standing: CrossingStanding) -> None:
        waits = standing.state in OPEN
        reason = standing.reason if standing.reason != "none" else ("job-transferring" if waits else "job-printing")
        self._delivery.progress(impressions_completed=standing.impressions, reason=reason, detail=told(standing))

    async def _begun(self, standing: CrossingStanding) -> None:
        if self.evidence.step is not Step.BEGUN:
            self.evidence = attrs.evolve(self.evidence, step=Step.BEGUN)
            by, over = standing.by or SOMEBODY, standing.state in UNPRINTED
            await self._delivery.sent(self.evidence.encoded(), what=f"{by} had it" if over else f"{by} prints it")

    async def _have_back(self) -> None:
        """Its device answers here again, and nobody took it yet: it goes straight there."""
        printer = self.parcel.host.printers.get(self._delivery.printer.id)
        if printer is None or printer.reach is not PrinterReach.FALLBACK or self.evidence.step is not Step.OFFERED:
            return
        seen = self.parcel.host.printers.snapshot(printer.id)
        if seen is not None and answers(seen):
            self.evidence = attrs.evolve(self.evidence, step=Step.RECALLED)
            then = "it goes straight to the device unless another computer has begun with it"
            why = "its device answers this computer again"
            await self._delivery.checkpoint(self.evidence.encoded(), what="asked back from the hub", why=why, then=then)
            self._soon = True

    async def _envelope(self, standing: CrossingStanding) -> None:
        """Agents that may print it since lately get its key, where it is theirs that is asked for."""
        missing = tuple(reader for reader in standing.missing if reader.recipient not in self._unbelieved)
        if not missing or self.evidence.step is not Step.OFFERED:
            return
        try:
            made = await self.parcel.envelopes(missing)
        except NoReader as error:
            self._unbelieved |= {reader.recipient for reader in missing}
            self.parcel.host.log("a job's key is not given to who asks for it", job=str(self._job), why=error.sentence)
            return
        await self._request(Operation.TUNNEL_OFFER, self.parcel.offer(self.evidence.upload, made))

    # ------------------------------------------------------------------ between looks

    def _unheard(self, error: TympanError | HubMessageError) -> float:
        why = error.sentence if isinstance(error, TympanError) else f"its answer cannot be read: {error}"
        detail = f"The hub cannot be asked how it fares: {why}"[:DETAIL_CHARS]
        if isinstance(error, TunnelError):
            detail = error.sentence[:DETAIL_CHARS]
        self._delivery.progress(reason="connecting-to-destination", detail=detail)
        return self._backoff.after(error)

    async def _pause(self, seconds: float) -> None:
        """Until a notice, or a person cancels, or so long."""
        with trio.move_on_after(seconds):
            async with trio.open_nursery() as nursery:

                async def first(wait: Callable[[], Awaitable[None]]) -> None:
                    await wait()
                    nursery.cancel_scope.cancel()

                nursery.start_soon(first, self.station.wait_notice)
                if not self._delivery.cancel_requested:
                    nursery.start_soon(first, self._delivery.wait_cancel_requested)

    @property
    def _delivery(self) -> Delivery:
        return self.parcel.delivery

    @property
    def _job(self) -> UUID:
        return self.parcel.delivery.job.uuid
