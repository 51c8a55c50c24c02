"""What people may ask of the agent about queues and jobs."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from tympan._arguments import Arguments, Operations, text, texts
from tympan._errors import BadInput
from tympan._limits import DEFAULTS
from tympan._plain import Plain, plain
from tympan._ports import Queue, QueueRequest, ReleaseWish
from tympan._releasing import held_for, named, place
from tympan._rows import (
    job_row,
)
from tympan._values import Job

if TYPE_CHECKING:
    from tympan._control import AgentControl

JOB_OPERATIONS: Final = Operations()


@JOB_OPERATIONS.named("queues.list")
async def _queues(control: AgentControl, arguments: Arguments) -> Plain:
    """Lists the queues of the operating system, ours and others.

    Answer: a list of queues with `name`, `uri`, `info`, `location`, `state`, `reasons`, `accepting`, `usable`, `ours`.
    """
    queues: tuple[Queue, ...] = await control.spool("list_queues")
    return plain(queues)


@JOB_OPERATIONS.named("queues.install")
async def _install(control: AgentControl, arguments: Arguments) -> Plain:
    """Makes a queue of the operating system for a printer, and proves it usable.

    Takes:
        printer: id or name.
        uri: endpoint the queue prints to.
        queue: its name; the printer's id when left out.

    Answer: the queue.
    """
    printer = control.printer(arguments)
    control.agent.require_offered(printer.id)
    control.agent.presence.require_somebody(printer.id)
    name, uri = text(arguments, "queue", printer.id), text(arguments, "uri")
    request = QueueRequest(name=name, uri=uri, info=printer.name, location=printer.location)
    return plain(await control.spool("install", request))


@JOB_OPERATIONS.named("queues.remove")
async def _uninstall(control: AgentControl, arguments: Arguments) -> Plain:
    """Removes a queue of the operating system.

    Takes:
        queue: its name.

    Answer: true, or false when there was none.
    """
    return plain(await control.spool("remove", text(arguments, "queue")))


@JOB_OPERATIONS.named("jobs.list")
async def _jobs(control: AgentControl, arguments: Arguments) -> Plain:
    """Lists the jobs that are not over and those lately over, oldest first.

    Answer: a list of jobs.
    """
    return [job_row(job) for job in control.agent.book.all()]


@JOB_OPERATIONS.named("jobs.show")
async def _job(control: AgentControl, arguments: Arguments) -> Plain:
    """Shows one job and its story.

    Takes:
        job: uuid, the first four or more characters of one, or the number.

    Answer: the job with `timeline`: what happened, when, why, and what is next.
    """
    job = control.job(arguments)
    return {**job_row(job), "timeline": plain(await control.agent.book.timeline(job.uuid))}


@JOB_OPERATIONS.named("held")
async def _held(control: AgentControl, arguments: Arguments) -> Plain:
    """Lists the jobs that wait for an account to release them at a device, oldest first.

    Takes:
        user: the account; where the system tells who asks, theirs, whatever is said here.

    Answer: a list of jobs; `retry_at` is when one expires.
    """
    return [job_row(job) for job in held_for(control.agent, text(arguments, "user"))]


@JOB_OPERATIONS.named("release")
async def _release(control: AgentControl, arguments: Arguments) -> Plain:
    """Releases held jobs of an account at a device: the hub decides about those of its printers.

    Takes:
        user: the account; where the system tells who asks, theirs, whatever is said here.
        jobs: uuids, beginnings of them or numbers, in the order in which they shall come out; all when left out.
        at: the device: id or name of its printer, or its short code; may be left out for a printer with a device of its
            own.
        proof: the code the device's screen shows, where one is wanted.
        copies: instead of what was ordered.
        sides: an IPP keyword, instead of what was ordered.
        color: an IPP `print-color-mode` keyword, instead of what was ordered.
        grants: signed words of the hub, given ahead, for while it is away.

    Answer: an object with `jobs` (uuids of those on their way), `refused` (a list of `job`, null for a grant that is
    not to be believed, and `detail`), `notes`.
    """
    agent, user = control.agent, text(arguments, "user")
    copies = arguments.get("copies")
    if copies is not None and (isinstance(copies, bool) or not isinstance(copies, int)):
        raise BadInput("the argument 'copies' must be a number")
    wish = ReleaseWish(
        user=user,
        jobs=named(held_for(agent, user), texts(arguments, "jobs")),
        at=place(agent, text(arguments, "at", "")),
        proof=text(arguments, "proof", ""),
        copies=copies,
        sides=text(arguments, "sides", ""),
        color=text(arguments, "color", ""),
        grants=texts(arguments, "grants"),
    )
    owner, port = await control.releaser()
    return plain(await control.asked(owner, "release", functools.partial(port.release, wish), DEFAULTS.hub_s))


def _person(name: str, act: Callable[[Any], Callable[..., Awaitable[Job]]], what: str) -> None:
    async def run(control: AgentControl, arguments: Arguments) -> Plain:
        job = control.job(arguments)
        return job_row(await act(control.agent.book)(job.uuid, by=text(arguments, "by", "the command line")))

    run.__doc__ = f"""{what}

    Takes:
        job: uuid, the first four or more characters of one, or the number.
        by: who asks, for the story; `the command line` when left out.

    Answer: the job.
    """
    JOB_OPERATIONS[name] = run


_person("jobs.cancel", lambda book: book.cancel, "Cancels a job, at the device too when it is already there.")
_person("jobs.hold", lambda book: book.hold, "Holds a job that is not being sent yet.")
_person("jobs.release", lambda book: book.release, "Lets a held job go on, or an unknown one be printed again.")
_person("jobs.settle", lambda book: book.settle, "Says that a job whose end is unknown was printed.")
