"""Jobs of CUPS: started empty, handed their document, found again by their UUID, followed to their end.

- A job is proved to carry its UUID before its number is told: a CUPS that drops both marks gets no document from us,
  as nobody could tell after a crash what became of it.
- A number alone names no job: after a crash CUPS may give it to another. Following ends when the UUID changes.
- Asked again and again rather than subscribed to: CUPS answers both ways at once and only when asked, and the pages of
  a job come with its attributes alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from uuid import UUID

import attrs
import trio

from tympan.plugin import BadInput, SpoolJob, SpoolJobState
from tympan_spool_cups._abilities import Driver
from tympan_spool_cups._errors import CupsAway, CupsRefused, JobUntraceable, NoSuchQueue
from tympan_spool_cups._job_requests import (
    cancel_job,
    carries,
    create_job,
    get_job,
    get_jobs,
    send_document,
    spool_job_of,
    tells_uuid,
)
from tympan_spool_cups._limits import CLEANUP_S, FOLLOW_AT_MOST_S, FOLLOW_AWAY_S, FOLLOW_FIRST_S, JOBS_LOOKED_AT
from tympan_spool_cups._link import CupsLink
from tympan_wire.ipp import Group, GroupTag, JobState

_FORMAT = "application/octet-stream"
"""CUPS looks at the bytes itself when a document comes of a job this process did not start."""
_STARTED_MOST = 1000


@attrs.frozen(kw_only=True)
class _Started:
    """What Send-Document needs to know of a job started here."""

    user: str
    media_type: str


class CupsJobs:
    """The jobs of one CUPS.

    Args:
        connect: Makes a link to CUPS.
        user: Whose name questions carry.
    """

    def __init__(self, connect: Callable[[], CupsLink], *, user: str) -> None:
        self._connect = connect
        self._user = user
        self._started: dict[tuple[str, int], _Started] = {}

    async def start(
        self,
        name: str,
        *,
        job: UUID,
        title: str,
        user: str,
        media_type: str,
        options: Mapping[str, str],
        drivers: tuple[Driver, ...],
    ) -> int:
        """Makes an empty job that carries its UUID, and returns its number."""
        whose = user or self._user
        try:
            request = create_job(
                name, job=job, title=title, user=whose, media_type=media_type, options=options, drivers=drivers
            )
        except ValueError as error:
            raise BadInput(f"the document cannot be printed so: {error}", next_step="Correct the option.") from error
        what = f"make a job on the queue {name}"
        async with self._connect() as link:
            answer = await link.ask(request, what=what)
            if answer is None:
                raise NoSuchQueue(name)
            number = answer.first(GroupTag.JOB).integer("job-id")
            if number is None:
                raise CupsRefused(what, "it gave no job number")
            told = await link.ask(get_job(name, number, self._user), what=f"tell of job {number}")
            if told is None or not carries(told.first(GroupTag.JOB), job):
                await self._withdraw(link, name, number)
                raise JobUntraceable(name)
        self._remember(name, number, _Started(user=whose, media_type=media_type))
        return number

    def _remember(self, name: str, number: int, started: _Started) -> None:
        self._started[name, number] = started
        if len(self._started) > _STARTED_MOST:
            del self._started[next(iter(self._started))]

    async def _withdraw(self, link: CupsLink, name: str, number: int) -> None:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + CLEANUP_S):
            await link.ask(cancel_job(name, number, self._user), what=f"cancel job {number}")

    async def send(self, name: str, number: int, document: AsyncIterator[bytes]) -> None:
        """Hands a job its document."""
        started = self._started.pop((name, number), _Started(user=self._user, media_type=_FORMAT))
        request = send_document(name, number, started.user, started.media_type)
        what = f"take the document of job {number}"
        async with self._connect() as link:
            if await link.ask(request, what=what, document=document) is None:
                raise CupsRefused(what, "there is no such job")

    async def find(self, name: str, job: UUID) -> SpoolJob | None:
        """The newest job with that UUID."""
        async with self._connect() as link:
            answer = await link.ask(get_jobs(name, self._user), what=f"list the jobs of {name}")
            groups = sorted(answer.groups_of(GroupTag.JOB) if answer else (), key=_number, reverse=True)
            for group in groups:
                if carries(group, job):
                    return spool_job_of(group)
            for group in [one for one in groups if not tells_uuid(one)][:JOBS_LOOKED_AT]:
                told = await self._told(link, name, _number(group))
                if told is not None and carries(told, job):
                    return spool_job_of(told)
        return None

    async def _told(self, link: CupsLink, name: str, number: int) -> Group | None:
        answer = await link.ask(get_job(name, number, self._user), what=f"tell of job {number}")
        return answer.first(GroupTag.JOB) if answer else None

    async def follow(self, name: str, number: int) -> AsyncIterator[SpoolJob]:
        """Each change of a job, until its end."""
        before: SpoolJob | None = None
        mark, pause_s = "", FOLLOW_FIRST_S
        while True:
            try:
                async with self._connect() as link:
                    group = await self._told(link, name, number)
            except CupsAway:
                await trio.sleep(FOLLOW_AWAY_S)
                continue
            now = SpoolJob(number=number, state=SpoolJobState.GONE)
            if group is not None and mark in ("", group.string("job-uuid") or ""):
                mark, now = group.string("job-uuid") or "", spool_job_of(group)
            if now != before:
                yield now
                pause_s = FOLLOW_FIRST_S
            if now.state.is_over:
                return
            before = now
            await trio.sleep(pause_s)
            pause_s = min(pause_s * 2, FOLLOW_AT_MOST_S)

    async def cancel(self, name: str, number: int) -> None:
        """Cancels a job that is not over."""
        async with self._connect() as link:
            group = await self._told(link, name, number)
            if group is None or (group.integer("job-state") or 0) >= JobState.CANCELED:
                return
            await link.ask(cancel_job(name, number, self._user), what=f"cancel job {number}")


def _number(group: Group) -> int:
    return group.integer("job-id") or 0
