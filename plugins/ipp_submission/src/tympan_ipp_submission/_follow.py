"""Following a job at the device to its true end, and finding it again after a break.

- A job is over when the device says so, never because bytes were sent.
- While the device does not answer, or waits for paper, this waits too, visibly, and never gives up by itself; only a
  job that a person canceled is let go when its device stays away, and one whose printer was removed.
- Whatever stops it and lets it go on leaves a line in the timeline.
- What cannot be told is ``LostTrack``: nothing is sent a second time on a guess.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Final

import attrs
import trio

from tympan.plugin import CanceledAtDevice, Delivery, JobState, LostTrack, Outcome, SendAgain, TympanError
from tympan_ipp_submission import _kinship, _limits, _rules
from tympan_ipp_submission._device import STATE_ONLY, Device
from tympan_ipp_submission._errors import DeviceRefused, PrinterRemoved, SubmissionError
from tympan_ipp_submission._evidence import Evidence, Step
from tympan_ipp_submission._fleet import Line
from tympan_ipp_submission._model import JobReport
from tympan_wire.ipp import JobState as DeviceJobState
from tympan_wire.ipp import Status

_UNKNOWN_JOB: Final = (Status.CLIENT_ERROR_NOT_FOUND, Status.CLIENT_ERROR_GONE)
REMOVED: Final = LostTrack(
    detail="The printer was removed while its device had the job. Look at the device if its pages are there."
)
_TOO_MANY: Final = "The device has several jobs of this name; it cannot be told which is this one."
_RENAMED: Final = "The device has a newer job under another name; it cannot be told whether it is this one."
_LONG_LIST: Final = "The device has too many jobs to find this one among them. Look if its pages are there."
_PRINTER_ASKED_AFTER: Final = 3
"""Questions about a job that does not move before the printer is asked why."""


@attrs.frozen(kw_only=True)
class Patience:
    """How long a device is waited for.

    Attributes:
        remind_s: After each such span without an end a line is added to the timeline.
        give_up_cancel_s: A canceled job is let go when its device has not answered for so long.
    """

    remind_s: float = 86_400.0
    give_up_cancel_s: float = 120.0


@attrs.define(kw_only=True)
class Following:
    """One job at one device.

    Attributes:
        delivery: The kernel's side.
        line: The way to the device.
        evidence: Where the job stands.
        now: Wall clock, seconds since 1970.
        partial: Whether it is known that not the whole document left; None after a crash, when nobody knows.
        patience: How long the device is waited for.
        unsent: Whether it is certain that no byte of the document left.
    """

    delivery: Delivery
    line: Line
    evidence: Evidence
    now: Callable[[], float]
    partial: bool | None = None
    patience: Patience = attrs.field(factory=Patience)
    unsent: bool = False
    _began: float = attrs.field(factory=trio.current_time)
    _reminded: int = 0
    _asked: int = 0
    _away_since: float | None = None
    _cancel_asked: float | None = None
    _noted: str = "none"

    async def to_the_end(self) -> Outcome | SendAgain:
        """Asks until the job is over."""
        pause = _limits.POLL_FIRST_S
        while True:
            verdict = await self._once()
            if verdict is not None:
                return self._as_asked(verdict)
            away = self._asked == 0
            await self._sleep(_limits.AWAY_POLL_S if away else pause)
            pause = _limits.POLL_FIRST_S if away else min(pause * _limits.POLL_GROWTH, _limits.POLL_LAST_S)
            await self._remind()

    async def withdraw(self) -> Outcome | SendAgain:
        """Cancels the job at the device, since its document will not be whole, and waits until that is sure."""
        await self._take_back()
        return await self.to_the_end()

    async def _take_back(self) -> None:
        """Written down before the device is told: after a crash a job we canceled would look like one a person did."""
        if self.evidence.withdrawn:
            return
        self.evidence = attrs.evolve(self.evidence, withdrawn=True)
        with contextlib.suppress(TympanError):  # a disk that takes no line is no reason to leave half a job there
            await self.delivery.checkpoint(
                self.evidence.encode(), what="taken back from the device", why="the document did not arrive whole"
            )

    # ------------------------------------------------------------------ one question

    async def _once(self) -> Outcome | SendAgain | None:
        try:
            device = await self.line.device()
            if not self.evidence.job_id:
                return await self._find(device)
            report = await device.job(self.evidence.job_id, self.evidence.user)
        except DeviceRefused as error:
            return self._gone() if error.status in _UNKNOWN_JOB else await self._away(error)
        except PrinterRemoved:
            return REMOVED
        except SubmissionError as error:
            return await self._away(error)
        self._asked, self._away_since = self._asked + 1, None
        if not _kinship.same_job(report, self.evidence):
            return self._gone()
        if report.over:
            return self._end(report)
        await self._still(device, report)
        return None

    async def _away(self, error: SubmissionError) -> LostTrack | None:
        found, now = _rules.trouble(error, self.evidence_printer), trio.current_time()
        self._asked = 0
        self._away_since = now if self._away_since is None else self._away_since
        if self.delivery.cancel_requested and now - self._away_since >= self.patience.give_up_cancel_s:
            return LostTrack(
                detail="The job was canceled, but the device could not be told: it has not answered for "
                f"{round(now - self._away_since)} s. When it returns, look whether it prints."
            )
        self.delivery.progress(reason=found.reason, detail=found.detail)
        await self._note(found)
        return None

    async def _note(self, found: _rules.Condition) -> None:
        """A line when the device stops, and one when it goes on: later nobody could tell why it took so long."""
        if found.reason == self._noted:
            return
        self._noted = found.reason
        self.line.want_look()
        with contextlib.suppress(TympanError):  # a disk that takes no line is no reason to lose sight of the job
            if found.good:
                await self.delivery.note("the device goes on")
            else:
                await self.delivery.note(
                    "the device does not go on", why=found.detail, then="the job stays there and waits"
                )

    @property
    def evidence_printer(self) -> str:
        """The printer's name for sentences."""
        return str(self.delivery.printer.id)

    def _gone(self) -> Outcome | SendAgain:
        """The device does not know the job: it lost power, or forgot it."""
        if self.unsent:
            return SendAgain(why="the device forgot the job before any of the document left")
        return LostTrack(
            detail="The device does not know the job any more; it may have lost power. Look if its pages are there."
        )

    # ------------------------------------------------------------------ a job that is over

    def _end(self, report: JobReport) -> Outcome | SendAgain:
        asked = self._cancel_asked is not None and self.delivery.cancel_requested
        if asked and report.state == DeviceJobState.CANCELED:
            return CanceledAtDevice(detail="The device canceled the job as asked.")
        if self.evidence.withdrawn or self.evidence.step is not Step.SENT:
            return self._end_of_part(report)
        if _rules.may_send_again(report):
            return SendAgain(why=f"the device gave it up with nothing on paper{_reasons(report)}")
        return _rules.outcome_of(report)

    def _end_of_part(self, report: JobReport) -> Outcome | SendAgain:
        """The end of a job of which not the whole document may have arrived."""
        untouched = self.unsent or report.untouched
        if report.state == DeviceJobState.COMPLETED:
            return self._complete_part(report, untouched=untouched)
        if untouched and (self.evidence.withdrawn or _rules.may_send_again(report)):
            return SendAgain(why="sending broke off before the document was whole, and nothing is on paper")
        by_a_person = report.state == DeviceJobState.CANCELED and not self.evidence.withdrawn
        if untouched or by_a_person:
            return _rules.outcome_of(report)
        count = report.impressions or "an unknown number of"
        return LostTrack(detail=f"Sending broke off and {count} page sides came out. Look whether that is enough.")

    def _complete_part(self, report: JobReport, *, untouched: bool) -> Outcome | SendAgain:
        """The device calls complete what may be a part: it is believed when it printed as much as was expected.

        ippeveprinter, for one, prints what it has when a connection breaks, and calls that complete.
        """
        if untouched:
            return SendAgain(why="the device closed the job without its document")
        statistics = self.delivery.job.statistics
        expected = statistics.impressions if statistics else None
        if self.partial is False or (self.partial is None and expected and report.impressions == expected):
            return _rules.outcome_of(report)
        return LostTrack(
            detail="The device calls the job complete, but perhaps not all of it had been sent. Look at the pages."
        )

    def _as_asked(self, verdict: Outcome | SendAgain) -> Outcome | SendAgain:
        if isinstance(verdict, SendAgain) and self.delivery.cancel_requested:
            return CanceledAtDevice(detail="Canceled; nothing was printed.")
        return verdict

    # ------------------------------------------------------------------ a job that goes on

    async def _still(self, device: Device, report: JobReport) -> None:
        if self._stuck(report):
            await self._take_back()
        if self.delivery.cancel_requested or self.evidence.withdrawn:
            await self._cancel(device)
            return
        working = report.state in (DeviceJobState.PROCESSING, DeviceJobState.PROCESSING_STOPPED)
        if self.evidence.step is not Step.SENT and working and not report.incoming and self.partial is False:
            await self._whole()
        reason = await self._reason(device, report)
        self.delivery.progress(impressions_completed=report.impressions, reason=reason.reason, detail=reason.detail)
        await self._note(reason)

    def _stuck(self, report: JobReport) -> bool:
        """Whether the device waits for a document that will not come."""
        lacking = report.incoming or self.partial is True
        return lacking and self.evidence.step is not Step.SENT and self._waited > _limits.INCOMING_GRACE_S

    @property
    def _waited(self) -> float:
        return trio.current_time() - self._began

    async def _whole(self) -> None:
        """The device has the whole document and works on it, though its answer never came."""
        self.evidence = attrs.evolve(self.evidence, step=Step.SENT)
        await self.delivery.sent(self.evidence.encode(), what="the device has the whole document")

    async def _cancel(self, device: Device) -> None:
        now = trio.current_time()
        if self._cancel_asked is not None and now - self._cancel_asked < _limits.CANCEL_TIMEOUT_S:
            return
        self._cancel_asked = now
        try:
            await device.cancel_job(self.evidence.job_id, self.evidence.user)
        except DeviceRefused as error:
            self.delivery.progress(reason="processing-to-stop-point", detail=error.cause)
        except SubmissionError:
            return  # it may have heard; the next question tells whether it is away, and it is told again

    async def _reason(self, device: Device, report: JobReport) -> _rules.Condition:
        """What the device waits for, when the job does not move."""
        if report.state == DeviceJobState.PENDING_HELD:
            return _rules.held(report)
        moving = report.state == DeviceJobState.PROCESSING and "printer-stopped" not in report.reasons
        if moving or (report.state != DeviceJobState.PROCESSING_STOPPED and self._asked < _PRINTER_ASKED_AFTER):
            return _rules.Condition()
        try:
            facts, _ = await device.facts(STATE_ONLY)
        except SubmissionError as error:
            return _rules.trouble(error, self.evidence_printer)
        return _rules.condition(facts)

    async def _sleep(self, seconds: float) -> None:
        """Waits, shorter when a person cancels for the first time."""
        with trio.move_on_after(seconds):
            if self.delivery.cancel_requested or self.evidence.withdrawn:
                await trio.sleep(seconds)
            else:
                await self.delivery.wait_cancel_requested()

    async def _remind(self) -> None:
        spans = int(self._waited / self.patience.remind_s)
        if spans > self._reminded:
            self._reminded = spans
            hours = round(self._waited / 3600)
            await self.delivery.note(
                f"still not printed after {hours} h",
                why="the device has the job and does not finish it",
                then="look at the device, or cancel the job",
            )

    # ------------------------------------------------------------------ a job whose number is not known

    async def _find(self, device: Device) -> Outcome | SendAgain | None:
        """Looks for a Print-Job whose answer never came. Asked twice, as a device may still be filing it."""
        listed = await device.known_jobs(self.evidence.user)
        if not _kinship.doubtful(listed, self.evidence) and not self._asked:
            self._asked += 1
            await trio.sleep(_limits.SETTLE_PAUSE_S)
            listed = await device.known_jobs(self.evidence.user)
        found = _kinship.candidates(listed, self.evidence)
        unlike = [job for job in _kinship.doubtful(listed, self.evidence) if job not in found]
        if len(found) == 1 and (found[0].name == self.evidence.name or not unlike):
            await self._found(found[0])
            return None
        if found or unlike:
            return LostTrack(detail=_TOO_MANY if found else _RENAMED)
        if len(listed) >= _limits.JOBS_LISTED:
            return LostTrack(detail=_LONG_LIST)
        facts, _ = await device.facts(STATE_ONLY)
        recent = 0 <= self.now() - self.evidence.at < _limits.HISTORY_S
        if recent and not _kinship.restarted(facts.up_time_s, self.evidence):
            return SendAgain(why="the device has no such job, old or new")
        return self._gone()

    async def _found(self, job: JobReport) -> None:
        self.evidence = attrs.evolve(self.evidence, job_id=job.id, job_uri=job.uri, job_uuid=job.uuid)
        await self.delivery.checkpoint(self.evidence.encode(), what=f"found at the device as number {job.id}")


def _reasons(report: JobReport) -> str:
    return f" ({', '.join(report.reasons)})" if report.reasons else ""


async def sweep_empty(device: Device, evidence: Evidence) -> None:
    """Cancels the empty job that a Create-Job whose answer was lost may have left; best effort, as it prints nothing.

    When several could be it, none is touched: the device drops an empty job by itself.
    """
    try:
        waiting = _kinship.candidates(await device.jobs("not-completed", evidence.user), evidence)
        empty = [job for job in waiting if job.name == evidence.name and (job.incoming or job.started is False)]
        if len(empty) == 1 and empty[0].state != DeviceJobState.PROCESSING:
            await device.cancel_job(empty[0].id, evidence.user)
    except SubmissionError:
        return


async def mark_sent(delivery: Delivery, evidence: Evidence) -> None:
    """Shows a job taken up after a crash as printing, when its document had left."""
    if evidence.step is Step.SENT and delivery.job.state is JobState.SENDING:
        await delivery.sent(evidence.encode(), what="found again at the device")
