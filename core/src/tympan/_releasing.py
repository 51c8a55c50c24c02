"""Releasing for people at this machine: which jobs are held for an account, and where they may come out.

- An account meets its own jobs alone; whether another's exists is told to nobody. What another machine sent is nobody's
  here, though an account may have the name that its sender has there.
- A plugin that releases decides, where one runs. Without one, this machine's own pull printers release at their own
  device, and nothing that a source brings comes out.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from tympan._errors import IllegalStep, NotFound, TympanError
from tympan._ports import NotReleased, Released, ReleaseWish
from tympan._rows import find_job
from tympan._states import JobState
from tympan._values import Job, PrinterMode

if TYPE_CHECKING:
    from tympan._agent import Agent


def held_for(agent: Agent, user: str) -> tuple[Job, ...]:
    """Jobs of pull printers that wait for an account to release them, oldest first."""
    return tuple(
        job for job in agent.book.all() if job.state is JobState.HELD and _belongs_to(job, user) and _pulls(agent, job)
    )


def named(jobs: tuple[Job, ...], wanted: tuple[str, ...]) -> tuple[uuid.UUID, ...]:
    """The jobs a person names, each once; raises ``NotFound``."""
    found: dict[uuid.UUID, None] = {}
    for name in wanted:
        try:
            found[find_job(jobs, name).uuid] = None
        except NotFound as error:
            raise NotFound(f"no held job of yours is {name!r:.80}", next_step="See 'tympan held'.") from error
    return tuple(found)


def place(agent: Agent, at: str) -> str:
    """A device as people name it: by its printer's id or name here, or by its short code, which stays as it is."""
    points = [printer for printer in agent.printers.all() if printer.releases or printer.mode is PrinterMode.PULL]
    by_id = next((printer.id for printer in points if printer.id == at), None)
    return by_id or next((printer.id for printer in points if printer.name == at), at)


class OwnReleases:
    """``Releaser`` where no plugin is one: for the pull printers of this machine's own file."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    async def release(self, wish: ReleaseWish) -> Released:
        """At each job's own device, in the order asked for."""
        held = {job.uuid: job for job in held_for(self._agent, wish.user)}
        done: list[uuid.UUID] = []
        refused: list[NotReleased] = []
        for job in wish.jobs or tuple(held):
            try:
                await self._one(held.get(job), wish)
                done.append(job)
            except TympanError as error:
                refused.append(NotReleased(job=job, detail=error.sentence))
        return Released(jobs=tuple(done), refused=tuple(refused))

    async def _one(self, job: Job | None, wish: ReleaseWish) -> None:
        if job is None:
            raise NotFound("no held job of yours has this id", next_step="See 'tympan held'.")
        if self._agent.printers.brought_by(job.printer) is not None or wish.grants or wish.proof:
            cause = "no plugin that releases jobs of a hub's printers is running"
            raise IllegalStep(cause, next_step="See 'tympan plugins'.")
        if wish.at not in ("", job.printer):
            raise IllegalStep("it comes out at its own device alone", next_step=f"Say --at {job.printer}.")
        if wish.copies is not None or wish.sides or wish.color:
            cause = "no plugin that changes held jobs is running"
            raise IllegalStep(cause, next_step="Print it again as you want it, or see 'tympan plugins'.")
        await self._agent.book.release(job.uuid, by=wish.user)


def _belongs_to(job: Job, user: str) -> bool:
    return bool(user) and job.user == user and not (job.shared or job.foreign)


def _pulls(agent: Agent, job: Job) -> bool:
    printer = agent.printers.get(job.printer)
    return printer is not None and printer.mode is PrinterMode.PULL
