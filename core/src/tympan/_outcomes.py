"""How attempts end: writes outcomes down, and decides when a job that waits is tried again.

- An outcome is written down however long the disk refuses; a restart meanwhile asks the device again.
- An outcome that cannot be is the route's fault, and never leaves the job where nobody moves it on.
- A job that was sent and left nothing to find it by is never sent again: its end is unknown.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

import trio

from tympan._errors import StoreError
from tympan._faults import describe
from tympan._ids import PluginId
from tympan._job_moves import JobMoves
from tympan._limits import Limits
from tympan._ports import Aborted, CanceledAtDevice, Completed, Deferred, LostTrack, Outcome, Unfit
from tympan._states import JobState, JobStep
from tympan._values import Job

if TYPE_CHECKING:
    from tympan._dispatch import Ports

HAD_IT: Final = "the device had it and nothing was written down to find it by"


def untraceable(job: Job) -> bool:
    """Whether all of a job left for the device, and nothing tells which of the device's jobs it is."""
    return job.state is JobState.PRINTING and not job.evidence


class Outcomes:
    """Writes down how attempts end.

    Args:
        moves: Where.
        ports: Who is charged with an outcome that cannot be.
        log: Of the agent.
        limits: Waits between tries.
        hold_back: Holds a job that cannot come out where it was released to, for a reason, with a sentence.
    """

    def __init__(
        self,
        moves: JobMoves,
        ports: Ports,
        log: Callable[..., None],
        limits: Limits,
        hold_back: Callable[[Job, str, str], Awaitable[None]],
    ) -> None:
        self._hold_back = hold_back
        self._moves = moves
        self._ports = ports
        self._log = log
        self._limits = limits
        self._due: dict[uuid.UUID, float] = {}
        self._tries: dict[uuid.UUID, int] = {}

    # ------------------------------------------------------------------ when

    def due(self, job: uuid.UUID) -> float:
        """When a job may be tried next, in trio's time."""
        return self._due.get(job, 0.0)

    def retry_now(self, job: uuid.UUID) -> None:
        """Ends a job's wait."""
        self._due.pop(job, None)

    def later(self, job: Job, wanted_s: float | None = None) -> float:
        """Puts the next try off; returns by how many seconds."""
        tries = self._tries[job.uuid] = self._tries.get(job.uuid, 0) + 1
        doubled = self._limits.retry_first_s * 2 ** min(tries - 1, 10)
        wait_s = min(doubled if wanted_s is None else max(wanted_s, 0.05), self._limits.retry_last_s)
        self._due[job.uuid] = trio.current_time() + wait_s
        return wait_s

    def forget(self, job: uuid.UUID) -> None:
        """A job is over."""
        self._due.pop(job, None)
        self._tries.pop(job, None)

    # ------------------------------------------------------------------ what

    async def settle(self, owner: PluginId, job: uuid.UUID, outcome: Outcome | None) -> None:
        """Writes down how an attempt of ``owner`` ended; None is a delivery that was taken back."""
        try:
            await self._insist_on(job, outcome)
        except Exception as error:
            self._ports.charge(owner, "deliver", error)
            fault = Deferred(reason="processing-stopped", detail=f"{owner} failed: {describe(error)}")
            await self._insist_on(job, fault)

    async def insist(self, job: uuid.UUID, what: str, act: Callable[[], Awaitable[None]]) -> None:
        """Does something that ends on the disk, again and again until the disk takes it."""
        wait_s = self._limits.retry_first_s
        while True:
            try:
                with trio.CancelScope(shield=True):
                    await act()
            except StoreError as error:
                self._log("a job's step cannot be written down yet", job=str(job), step=what, error=error.sentence)
                self._moves.show(job, detail=f"{what}, which cannot be written down yet: {error.cause}")
            else:
                return
            await trio.sleep(wait_s)
            wait_s = min(wait_s * 2, self._limits.retry_last_s)

    async def apply(self, job: Job, outcome: Outcome | None, *, kept: bool = True) -> None:
        """Moves a job as an outcome says. A wait that is not ``kept`` is shown, and not written down."""
        match outcome:
            case Completed():
                count = outcome.impressions if outcome.impressions is not None else job.impressions_completed
                await self._move(job, JobStep.COMPLETE, "printed", why=outcome.detail, detail=outcome.detail,
                                 reason="job-completed-successfully", impressions_completed=count)  # fmt: skip
            case Aborted():
                await self._move(job, JobStep.ABORT, "given up", why=outcome.detail, reason=outcome.reason,
                                 detail=outcome.detail, then="print it again if you still want it")  # fmt: skip
            case Unfit() if job.evidence:
                await self._lose_track(job, outcome.detail)
            case Unfit() if job.target is not None and not job.cancel_requested and not job.shared:
                if job.state is JobState.SENDING:  # repeated while the disk refuses
                    await self._move(job, JobStep.HAND_BACK, "not printed", why=outcome.detail, claim=None)
                await self._hold_back(job, outcome.reason, outcome.detail)
            case Unfit():
                await self.apply(job, Aborted(reason=outcome.reason, detail=outcome.detail))
            case CanceledAtDevice():
                reason = "job-canceled-by-user" if job.cancel_requested else "job-canceled-at-device"
                await self._move(
                    job, JobStep.CANCEL, "canceled", why=outcome.detail, reason=reason, detail=outcome.detail
                )
            case LostTrack():
                await self._lose_track(job, outcome.detail)
            case Deferred():
                await self._defer(job, outcome, kept=kept)
            case None:
                await self._hand_back(job)

    async def _insist_on(self, job: uuid.UUID, outcome: Outcome | None) -> None:
        await self.insist(job, "it ended", lambda: self.apply(self._moves.memory.known(job), outcome))

    async def _lose_track(self, job: Job, detail: str) -> None:
        act = f"'tympan job {job.number}"
        then = f"look at the device; then {act} --settle' if it was printed, or {act} --release' to print it again"
        await self._move(job, JobStep.LOSE_TRACK, "its end is unknown", why=detail, then=then,
                         reason="job-held-for-review", detail=detail, claim=None)  # fmt: skip

    async def _hand_back(self, job: Job) -> None:
        why = "the plugin that delivered it was stopped"
        if untraceable(job):
            await self._lose_track(job, f"{why}; {HAD_IT}")
        elif job.evidence:
            detail = "the device may have it; it goes on when the plugin runs again"
            await self._move(job, JobStep.DEFER, "handed back", why=why, then=detail, reason="resources-are-not-ready",
                             detail=detail)  # fmt: skip
        else:
            await self._move(job, JobStep.HAND_BACK, "handed back", why=why, claim=None, reason="none", detail="")

    async def _defer(self, job: Job, outcome: Deferred, *, kept: bool) -> None:
        if untraceable(job):
            await self._lose_track(job, f"{outcome.detail}; {HAD_IT}")
            return
        if job.cancel_requested and not job.evidence:
            await self._move(job, JobStep.CANCEL, "canceled", why="nothing was printed", reason="job-canceled-by-user")
            return
        wait_s = self.later(job, outcome.retry_after_s)
        repeated = job.state is JobState.WAITING and job.reason == outcome.reason and job.detail == outcome.detail
        then = "it is tried again by itself"
        await self._move(
            job, JobStep.DEFER, "waits", why=outcome.detail, then=then, soft=repeated or not kept,
            reason=outcome.reason, detail=outcome.detail,
            retry_at=self._moves.now() + dt.timedelta(seconds=wait_s),
        )  # fmt: skip

    async def _move(self, job: Job, step: JobStep, what: str, **changes: Any) -> None:
        await self._moves.move(job.uuid, step, what, **changes)
