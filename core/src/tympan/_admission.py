"""Whether a received job may go on: asks the gates, holds what they hold, lets held jobs expire.

- Nothing passes before plugins had their chance to start, nor while a plugin that holds such jobs is on and does not
  run. One that holds jobs of pull printers keeps no other waiting.
- A gate that fails lets nothing pass and is asked again.
- Nobody's release passes a gate that holds the job. Nothing passes while its printer is not defined: nobody could
  tell whether it pulls.
- A released job meets the gates once more before each attempt to send it, while the device cannot have it: a release
  may be void by then, and after a restart nobody knows how old it is.
- A job released to a device needs nobody signed in here: whoever asked for it there has shown who they are.
- What nobody can decide about now is set aside, and looked at again with the next change or after a while.
- A job released to a device is held again where no gate runs: nobody could tell whether its release is void.
- A job that another machine sent goes on where a gate vouches for it alone: with its plugin off, nobody here can let it
  go, nor print it again where its end is unknown.
- A pull printer holds every job until somebody releases it, whatever gates say.
- A job for whose account nobody is signed in is held, also when it was let on before and is not on its way yet; it goes
  on by itself once somebody is.
"""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import trio

from tympan._errors import IllegalStep
from tympan._faults import contained, describe
from tympan._ids import PluginId, PrinterId
from tympan._job_moves import NO_HOLD, same_release
from tympan._jobs import JobBook
from tympan._limits import Limits
from tympan._ports import Deferred, Gate, Go, Hold, Printers
from tympan._presence import REASON, THEN, Presence
from tympan._states import JobState, JobStep, job_step
from tympan._values import Job, PrinterMode

if TYPE_CHECKING:
    from tympan._dispatch import Ports


_LET_ON = frozenset({JobState.QUEUED, JobState.WAITING})
_RELEASE = "its owner releases it at a device"
_NOBODY_VOUCHES = "another computer sent it, and nothing that may print it for others runs here"
_NO_GATE = "nothing that releases held jobs runs; it waits until you ask for it at a device"


async def ask(
    ports: Ports, limits: Limits, owner: PluginId, where: str, method: Callable[..., Any], *arguments: object
) -> Any:
    """Asks one plugin under a deadline; None, and a charge to the plugin, when it fails."""
    with contained(functools.partial(ports.charge, owner, where)), trio.fail_after(limits.claim_s):
        return await method(*arguments)
    return None


class Admission:
    """Takes received jobs past the gates."""

    def __init__(
        self,
        book: JobBook,
        printers: Printers,
        ports: Ports,
        spawn: Callable[[Callable[[Job], Any], Job], None],
        wake: Callable[[PrinterId, uuid.UUID | None], None],
        log: Callable[..., None],
        limits: Limits,
        presence: Presence | None = None,
    ) -> None:
        self._presence = presence
        self._book = book
        self._moves = book.moves
        self._memory = book.memory
        self._printers = printers
        self._ports = ports
        self._spawn = spawn
        self._wake = wake
        self._log = log
        self._limits = limits
        self._is_open = False
        self._asking: set[uuid.UUID] = set()

    def open(self) -> None:
        """Plugins had their chance to start."""
        self._is_open = True
        self.look_at_all()

    async def run(self) -> None:
        """Asks again from time to time, and ends what nobody released."""
        while True:
            await trio.sleep(self._limits.expiry_s)
            self.look_at_all()
            for job in self._memory.all():
                if job.state is JobState.HELD and job.retry_at is not None and job.retry_at <= self._moves.now():
                    await self._expire(job)

    def look_at_all(self) -> None:
        """Looks at every job that was received and not let on, that waits for somebody to sign in, or was set aside."""
        for job in self._memory.bring_back():
            self._wake(job.destination, job.uuid)
        for job in self._memory.all():
            self.look(job)
            self._look_at_person(job)

    def _look_at_person(self, job: Job) -> None:
        if job.uuid in self._asking or not self._is_open:
            return
        refused = self.refusal(job)
        held = job.state is JobState.HELD and job.reason == REASON
        if held and not refused and self._printers.get(job.printer) is not None:
            self._asking.add(job.uuid)
            self._spawn(self._let_go, job)
        elif refused and job.state in _LET_ON and not job.evidence:
            self._asking.add(job.uuid)
            self._spawn(self._stop, job)

    def refusal(self, job: Job) -> str:
        """Why a job's account may not print now; "" when it may."""
        if self._presence is None or job.target is not None:
            return ""
        return self._presence.refusal(job.user, job.printer)

    async def hold(self, job: Job, why: str) -> None:
        """Holds a job until somebody signs in."""
        until = self._moves.now() + dt.timedelta(seconds=self._limits.sign_in_hold_s)
        await self._moves.move(job.uuid, JobStep.HOLD, "held", why=why, then=THEN, reason=REASON, detail=why,
                              retry_at=until)  # fmt: skip

    async def hold_back(self, job: Job, reason: str, detail: str) -> None:
        """Holds a job that cannot come out where it was released to, for its owner to release it elsewhere.

        It expires as its gate says, or after a time of the kernel's own.
        """
        answer = await self._first_refusal(attrs.evolve(job, target=None))
        end = self._moves.now() + dt.timedelta(seconds=self._limits.held_back_s)
        until = answer.until or end if isinstance(answer, Hold) else end
        now = self._memory.find(job.uuid)
        if now is not None and now.state in _LET_ON and same_release(now, job):  # else somebody was quicker
            terms = Hold(reason=reason, detail=detail, until=until)
            await self._book.hold(job.uuid, by="the agent", terms=terms, like=job)

    async def _stop(self, job: Job) -> None:
        try:
            with contained(functools.partial(self._tell, job)):
                now, why = self._memory.find(job.uuid), self.refusal(job)
                if why and now is not None and now.state in _LET_ON and not now.evidence:
                    await self.hold(now, why)
        finally:
            self._asking.discard(job.uuid)

    async def _let_go(self, job: Job) -> None:
        try:
            with contained(functools.partial(self._tell, job)):
                person = self._presence.of(job.user) if self._presence else None
                by = f"{person.name or person.person}, who is signed in" if person else "policy, which asks for nobody"
                if self._is_pull(job):
                    await self._hold_for_release(job)
                else:
                    await self._book.let_go(job.uuid, by=by)
        finally:
            self._asking.discard(job.uuid)

    async def _hold_for_release(self, job: Job) -> None:
        """A job of a pull printer waited for somebody to sign in, and waits for its release now."""
        answer = await self._first_refusal(job) or _pull_hold(job)
        if isinstance(answer, Hold):
            await self._moves.update(job.uuid, "held", why=answer.detail, only=JobState.HELD, reason=answer.reason,
                                    detail=answer.detail, retry_at=answer.until)  # fmt: skip

    def look(self, job: Job) -> None:
        """Lets a received job on, or has the gates asked about it."""
        if job.state is not JobState.RECEIVED or job.uuid in self._asking or not self._is_open:
            return
        obstacle = self._obstacle(job)
        if obstacle:
            self._explain(job, obstacle)
        elif self._ports.owned(Gate) or self._is_pull(job) or job.shared or self.refusal(job):
            self._asking.add(job.uuid)
            self._spawn(self._admit, job)
        else:
            self._queue(job)

    async def check_release(self, job: Job) -> None:
        """Asks the gates about a held job that somebody wants to release; raises ``IllegalStep`` with their word."""
        obstacle = self._obstacle(job)
        if obstacle:
            raise IllegalStep(obstacle)
        answer = await self._first_refusal(job)
        if isinstance(answer, Hold):
            raise IllegalStep(f"it stays held: {answer.detail}")
        if answer is not None:
            raise IllegalStep(f"{answer} could not decide about it", next_step="Try again in a moment.")

    async def check_again(self, job: Job) -> Hold | Deferred | None:
        """Asks the gates about a released job that is to be sent now; None when it may be. What they hold is held."""
        if job.target is None and not job.shared and not self._is_pull(job):
            return None
        obstacle = self._obstacle(job) if self._is_open else "plugins are being started"
        answer = None if obstacle else await self._first_refusal(job)
        if isinstance(answer, Hold):
            await self._book.hold(job.uuid, by="the agent", terms=answer, like=job)
            return answer
        if obstacle or answer is not None:
            why = obstacle or f"{answer} could not decide about it and is asked again"
            wait_s = self._limits.expiry_s
            return Deferred(reason="resources-are-not-ready", detail=why, retry_after_s=wait_s)
        if job.target is not None and not self._ports.owned(Gate):
            await self.hold_back(job, "job-held-for-release", _NO_GATE)
            return Hold(reason="job-held-for-release", detail=_NO_GATE)
        return None

    def _obstacle(self, job: Job) -> str:
        """Why nobody can be asked about a job now; "" when somebody can."""
        if self._printers.get(job.printer) is None:
            return f"the printer {job.printer} is not defined any more; add it again or cancel"
        missing = ", ".join(self._ports.missing_gates(pull=self._waits_for_release(job)))
        return f"{missing} decides about it and is not running; see 'tympan plugins'" if missing else ""

    def _waits_for_release(self, job: Job) -> bool:
        """Whether it is of a pull printer, was released to a device, or shall be held for whatever reason."""
        return self._is_pull(job) or job.target is not None or job.hold != NO_HOLD

    async def _admit(self, job: Job) -> None:
        try:
            with contained(functools.partial(self._tell, job)):
                if await self._may_go(job):
                    self._queue(job)
        finally:
            self._asking.discard(job.uuid)

    async def _may_go(self, job: Job) -> bool:
        answer = await self._first_refusal(job)
        obstacle = self._obstacle(job)  # while a gate was asked, the printer may have gone
        if answer is None and not obstacle and self._is_pull(job):
            answer = _pull_hold(job)
        if isinstance(answer, Hold):
            then = THEN if answer.reason == REASON else _RELEASE if self._is_pull(job) else ""
            await self._moves.move(job.uuid, JobStep.HOLD, "held", why=answer.detail, then=then, reason=answer.reason,
                                  detail=answer.detail, retry_at=answer.until)  # fmt: skip
        elif answer is not None:
            self._explain(job, f"{answer} could not decide about it and is asked again")
        elif obstacle:
            self._explain(job, obstacle)
        else:
            return True
        return False

    async def _first_refusal(self, job: Job) -> Hold | PluginId | None:
        """The first gate's word that holds a job, or the id of one that could not decide."""
        printer, vouched = self._printers.get(job.printer), not job.shared
        if self._presence is not None and printer is not None and job.target is None:
            answer = await self._presence.check(job, printer)
            if isinstance(answer, Hold):
                return answer
        for owner, gate in self._ports.owned(Gate) if printer is not None else ():
            answer = await ask(self._ports, self._limits, owner, "gate", gate.check, job, printer)
            if isinstance(answer, Hold):
                return answer
            if not isinstance(answer, Go):
                return owner
            vouched |= answer.vouched
        return None if vouched else Hold(reason="job-hold-until-specified", detail=_NOBODY_VOUCHES)

    async def _expire(self, job: Job) -> None:
        why = "nobody released it in time"
        with contained(functools.partial(self._tell, job)):
            reason = "job-hold-until-expired"
            await self._moves.move(job.uuid, JobStep.EXPIRE, "expired", why=why, reason=reason, detail=why,
                                  only=JobState.HELD)  # fmt: skip

    def _queue(self, job: Job) -> None:
        now = self._memory.find(job.uuid)
        if now is None or now.state is not JobState.RECEIVED:
            return  # somebody canceled or held it while a gate was asked
        self._moves.show(job.uuid, state=job_step(now.state, JobStep.QUEUE), reason="none", detail="")
        self._wake(job.destination, job.uuid)

    def _is_pull(self, job: Job) -> bool:
        printer = self._printers.get(job.printer)
        return printer is not None and printer.mode is PrinterMode.PULL

    def _explain(self, job: Job, detail: str) -> None:
        self._moves.show(job.uuid, reason="resources-are-not-ready", detail=detail)

    def _tell(self, job: Job, error: BaseException) -> None:
        current = self._memory.find(job.uuid)
        if current is None or current.state not in (JobState.RECEIVED, JobState.HELD):
            return  # somebody canceled it or let it on meanwhile: nothing is wrong
        self._log("a job could not be let on", job=str(job.uuid), error=describe(error))


def _pull_hold(job: Job) -> Hold:
    detail = f"A pull printer holds every job until its owner asks for it; 'tympan release {job.number}' does."
    return Hold(reason="job-held-for-release", detail=detail)
