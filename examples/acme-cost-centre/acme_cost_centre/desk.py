"""What gate and counter share: which cost centre pays for which job."""

from __future__ import annotations

import json
import uuid
from typing import Final

import trio

from tympan.plugin import BadInput, Host, IllegalStep, Job, JobChanged, JobState, NotFound
from tympan_wire.ipp import GroupTag, IppProtocolError, decode

KEY: Final = "paid"
KEPT: Final = 200
"""Jobs whose cost centre is kept while they are under way: of the longest names, what a value of 64 KiB takes."""
CENTRE_CHARS: Final = 63
REASON: Final = "account-info-needed"
"""Why a job is held here; what is held for another reason is nobody's to let go here."""


class Desk:
    """A ``Service``."""

    def __init__(self) -> None:
        self._host: Host | None = None
        self._paid: dict[str, str] = {}

    async def run(self, host: Host) -> None:
        """Runs until cancelled."""
        self._paid = json.loads(await host.state.get(KEY) or b"{}")
        self._host = host
        try:
            with host.bus.subscribe(JobChanged) as events:
                host.ready()
                async for event in events:
                    if isinstance(event, JobChanged) and event.state.terminal and str(event.job) in self._paid:
                        await self._forget(event.job)
        finally:
            self._host = None

    def centre_of(self, job: Job) -> str:
        """Who pays; "" when nobody said so."""
        return self._paid.get(str(job.uuid)) or account_of(job.ticket)

    def waiting(self) -> tuple[Job, ...]:
        """Jobs that are asked about; one that was answered and is held all the same, as after a crash, is, too."""
        jobs = self._host.jobs.all() if self._host else ()
        return tuple(job for job in jobs if _is_asked_about(job))

    async def pay(self, number: int, centre: str) -> None:
        """Somebody says which cost centre pays; the job goes on."""
        if self._host is None:
            raise IllegalStep("the plugin starts or stops", next_step="Try again.")
        known = self._host.settings.texts("centres")
        if not centre or len(centre) > CENTRE_CHARS or (known and centre not in known):
            raise BadInput(f"there is no cost centre {centre!r:.80}", next_step="Choose another one.")
        job = self._host.jobs.get(number)
        if job is None or not _is_asked_about(job):
            raise NotFound(f"no job {number} waits", next_step="See 'tympan jobs'.")
        await self._keep({**self._paid, str(job.uuid): centre})
        await self._host.jobs.release(job.uuid, by=f"cost centre {centre}")

    async def _forget(self, job: uuid.UUID) -> None:
        await self._keep({name: centre for name, centre in self._paid.items() if name != str(job)})

    async def _keep(self, paid: dict[str, str]) -> None:
        self._paid = dict(list(paid.items())[-KEPT:])
        if self._host is not None:
            await self._host.state.put(KEY, json.dumps(self._paid, ensure_ascii=False).encode())
        await trio.lowlevel.checkpoint()


def _is_asked_about(job: Job) -> bool:
    return job.state is JobState.HELD and job.reason == REASON


def account_of(ticket: bytes) -> str:
    """What a program said itself (PWG 5100.3 section 3.2, ``job-account-id``)."""
    try:
        message, _ = decode(ticket)
    except IppProtocolError:
        return ""
    for tag in (GroupTag.JOB, GroupTag.OPERATION):
        if found := message.first(tag).string("job-account-id"):
            return found
    return ""


DESK: Final = Desk()
"""One for the process: the kernel asks for each port apart."""
