"""The route: takes jobs to printers with an IPP address, and takes them up again after a crash."""

from __future__ import annotations

import secrets
import uuid
from collections import OrderedDict
from typing import Final

import attrs

from tympan.plugin import (
    Aborted,
    CanceledAtDevice,
    Claimed,
    Deferred,
    Delivery,
    DeviceSnapshot,
    Host,
    Job,
    LostTrack,
    NotMine,
    Outcome,
    Printer,
    PrinterId,
    PrinterReach,
    SendAgain,
    TympanError,
)
from tympan_ipp_submission import _limits
from tympan_ipp_submission._address import SCHEMES
from tympan_ipp_submission._attempt import Attempt
from tympan_ipp_submission._errors import PrinterRemoved, SubmissionError
from tympan_ipp_submission._evidence import Evidence, Step
from tympan_ipp_submission._fleet import Fleet, Line
from tympan_ipp_submission._follow import REMOVED, Following, Patience, mark_sent, sweep_empty
from tympan_ipp_submission._lookout import Lookout
from tympan_ipp_submission._rules import AWAY
from tympan_ipp_submission._twins import Mark

_SECRET_KEY: Final = "marks"
_SECRET_BYTES: Final = 16
"""More than anybody can try."""


class IppRoute:
    """Delivers jobs over IPP and IPPS.

    Args:
        fleet: Devices, shared with the watcher.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._empty_aborts: OrderedDict[uuid.UUID, int] = OrderedDict()
        self._told: set[uuid.UUID] = set()

    async def claim(self, job: Job, printer: Printer) -> Claimed | NotMine:
        """Printers with an ``ipp``, ``ipps``, ``http`` or ``https`` URI that are reached from here."""
        scheme = printer.uri.partition(":")[0].lower()
        if scheme in SCHEMES:
            elsewhere = self._goes_elsewhere(job, printer)
            return NotMine(reason=elsewhere) if elsewhere else Claimed(note=f"over {scheme.upper()}")
        return NotMine(reason=f"{scheme or 'an empty address'} is not IPP")

    def _goes_elsewhere(self, job: Job, printer: Printer) -> str:
        """Why a job does not go straight to its device; "" for one that does, as those do that another machine sent."""
        if job.shared or printer.reach is PrinterReach.DIRECT:
            return ""
        if printer.reach is PrinterReach.TUNNEL:
            return "jobs of this printer go through the hub"
        away = self._fleet.is_away(printer)
        return "the device does not answer, and its jobs go through the hub then" if away else ""

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Asks the device, sends the job, and follows it to its end."""
        if delivery.cancel_requested:
            return CanceledAtDevice(detail="Canceled before anything was sent.")
        try:
            host = await self._fleet.host()
            line = await self._fleet.line(delivery.printer.id)
        except (SubmissionError, ValueError) as error:
            return Deferred(reason=AWAY, detail=str(error))
        try:
            mark = await _mark(host, delivery)
        except TympanError as error:
            return Deferred(reason="resources-are-not-ready", detail=error.sentence)
        outcome = await self._attempt(delivery, host, line, Lookout(delivery=delivery, mark=mark, told=self._told))
        if not isinstance(outcome, Deferred | SendAgain):
            self._told.discard(delivery.job.uuid)
        if isinstance(outcome, Deferred):
            _see_if_away(host, delivery, outcome)
            _want_if_new(host, delivery.printer.id, outcome)
        return await self._again(delivery, outcome) if isinstance(outcome, SendAgain) else outcome

    async def _attempt(self, delivery: Delivery, host: Host, line: Line, lookout: Lookout) -> Outcome | SendAgain:
        attempt = Attempt(
            delivery=delivery,
            line=line,
            now=lambda: host.now().timestamp(),
            lookout=lookout,
            patience=_patience(host),
        )
        with _counted(line):
            return await attempt.run()

    async def recover(self, delivery: Delivery) -> Outcome | SendAgain:
        """Finds the job of an earlier attempt at the device and follows it to its end."""
        evidence = Evidence.decode(delivery.evidence)
        if evidence is None:
            return LostTrack(detail="What was noted about the job cannot be read; look whether its pages are there.")
        try:
            host = await self._fleet.host()
            line = await self._fleet.line(delivery.printer.id)
        except PrinterRemoved:
            return SendAgain(why="no document had left") if evidence.step is Step.CREATING else REMOVED
        except (SubmissionError, ValueError) as error:
            return Deferred(reason=AWAY, detail=str(error))
        with _counted(line):
            if evidence.step is Step.CREATING:
                return await self._nothing_left(line, evidence)
            await mark_sent(delivery, evidence)
            following = Following(
                delivery=delivery,
                line=line,
                evidence=evidence,
                now=lambda: host.now().timestamp(),
                patience=_patience(host),
            )
            verdict = await following.to_the_end()
        if isinstance(verdict, SendAgain) and self._given_up(delivery):
            return self._give_up(verdict)
        return verdict

    async def _nothing_left(self, line: Line, evidence: Evidence) -> SendAgain:
        try:
            await sweep_empty(await line.device(), evidence)
        except SubmissionError as error:
            return SendAgain(why=f"no document had left. {error.cause}")
        return SendAgain(why="no document had left")

    async def _again(self, delivery: Delivery, verdict: SendAgain) -> Outcome:
        """Sends once more soon, unless the device keeps giving the job up."""
        if self._given_up(delivery):
            return self._give_up(verdict)
        await delivery.checkpoint(b"", what="nothing of it is at the device", why=verdict.why, then="it is sent again")
        detail = f"It is sent again: {verdict.why}."
        return Deferred(reason="job-restartable", detail=detail, retry_after_s=_limits.RESEND_RETRY_S)

    def _given_up(self, delivery: Delivery) -> bool:
        """Counts the times the device had the whole document and printed nothing of it."""
        evidence, job = Evidence.decode(delivery.evidence), delivery.job.uuid
        if evidence is None or evidence.step is not Step.SENT:
            return False
        count = self._empty_aborts.pop(job, 0) + 1
        self._empty_aborts[job] = count
        if len(self._empty_aborts) > _limits.REMEMBERED_ABORTS:
            self._empty_aborts.popitem(last=False)
        return count >= _limits.EMPTY_ABORTS

    def _give_up(self, verdict: SendAgain) -> Aborted:
        detail = f"Tried {_limits.EMPTY_ABORTS} times without a page: {verdict.why}. Look at the device's log."
        return Aborted(reason="aborted-by-system", detail=detail)


@attrs.define
class _counted:  # noqa: N801
    """Counts a delivery on its line while the block runs."""

    line: Line

    def __enter__(self) -> None:
        self.line.active += 1

    def __exit__(self, *details: object) -> None:
        self.line.active -= 1


def _see_if_away(host: Host, delivery: Delivery, outcome: Deferred) -> None:
    """Says at once that a device did not answer, where its jobs have another way then.

    The watcher may be waiting for a connection that died without a word, for longer than anybody stands there.
    """
    printer, known = delivery.printer, host.printers.snapshot(delivery.printer.id)
    if printer.reach is not PrinterReach.FALLBACK or outcome.reason != AWAY or (known and not known.reachable):
        return
    last = known or DeviceSnapshot(reachable=False, observed_at=host.now())
    away = attrs.evolve(last, reachable=False, observed_at=host.now(), reason=outcome.reason, detail=outcome.detail)
    host.printers.want(printer.id)
    host.printers.observe(printer.id, away)


def _want_if_new(host: Host, printer: PrinterId, outcome: Deferred) -> None:
    """Asks for a newer look when the watcher does not know yet what stopped the job.

    Not while the device is merely busy: each look ends the job's wait early, and would ask it again at once.
    """
    known = host.printers.snapshot(printer)
    if outcome.retry_after_s is None and (known is None or known.reason != outcome.reason):
        host.printers.want(printer)


async def _mark(host: Host, delivery: Delivery) -> Mark | None:
    """The mark of a job that another machine may have; None for all others.

    That is one taken in from the hub, and one of this machine that may have been offered there before the device was
    reached from here after all.
    """
    job = delivery.job
    offered = delivery.printer.reach is PrinterReach.FALLBACK and job.attempts > 1
    return Mark.of(job.uuid, await _secret(host)) if job.shared or offered else None


async def _secret(host: Host) -> bytes:
    """What tells this agent's jobs at a device from those of others; kept, as jobs outlive the agent's process."""
    kept = await host.state.get(_SECRET_KEY)
    if kept is None:
        kept = secrets.token_bytes(_SECRET_BYTES)
        await host.state.put(_SECRET_KEY, kept)
    return kept


def _patience(host: Host) -> Patience:
    number = host.settings.number
    return Patience(remind_s=number("remind_after_h") * 3600, give_up_cancel_s=number("give_up_cancel_s"))
