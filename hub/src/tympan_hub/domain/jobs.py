"""Jobs as agents report them: the whole state each time, the newest revision wins."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, JobId, PersonId, TenantId
from tympan_hub.domain.limits.pages import PAGE, PAGE_MOST
from tympan_hub.domain.limits.values import NUMBER
from tympan_hub.domain.text import fit


class Standing(StrEnum):
    """Where a job stands."""

    RECEIVING = "receiving"
    RECEIVED = "received"
    HELD = "held"
    QUEUED = "queued"
    WAITING = "waiting"
    SENDING = "sending"
    PRINTING = "printing"
    COMPLETED = "completed"
    ABORTED = "aborted"
    CANCELED = "canceled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


ENDED: Final = frozenset({Standing.COMPLETED, Standing.ABORTED, Standing.CANCELED, Standing.EXPIRED, Standing.UNKNOWN})
"""Nothing more happens to such a job by itself."""


@frozen(kw_only=True)
class Pages:
    """What a document puts on paper; None where it is not known. As in `tympan_wire.hub.Pages`."""

    format: str = ""
    pages: int | None = None
    sizes: tuple[str, ...] = ()
    color_pages: int | None = None
    copies: int = 1
    impressions: int | None = None
    color_impressions: int | None = None
    sheets: int | None = None
    sides: str = ""
    problem: str = ""


@frozen(kw_only=True)
class StoryLine:
    """One line of a job's timeline: what, why, and what comes next."""

    at: dt.datetime
    what: str
    why: str = ""
    then: str = ""
    standing: Standing


@frozen(kw_only=True)
class Job:
    """A job.

    Attributes:
        id: Its ``job-uuid``.
        tenant: Whose it is.
        agent: Who reports it; None for one that was handed in, until an agent has begun with it.
        agent_name: What the computer is called now; "" when it is not known.
        revision: Grows with every change.
        printer: Id of the printer it goes to: one of the tenant's, or one of that agent alone.
        title: The document's title; "" where it is not known or not to be shown.
        title_hidden: There is a title, and whoever looks may not see it.
        user: As the spooler named the user.
        person: Whose it is; None when that is not known.
        person_name: What the person is called now; "" when it is not known.
        standing: Where it stands.
        reason: IPP ``job-state-reasons`` keyword, or ``none``.
        detail: The same as a sentence.
        created_at: When its first byte came.
        ended_at: When it ended.
        size_bytes: Of the document.
        impressions_completed: Sides that came out, as the device told; None when it did not.
        pages: Once counted.
        held_until: When a held one expires; None where its agent did not say.
        target: The release point it comes out at; "" for the printer's own device.
        before: What happened to it at another agent, before this one was given it.
        story: Its whole timeline, oldest first; empty in lists.
    """

    id: JobId
    tenant: TenantId
    agent: AgentId | None
    agent_name: str = ""
    revision: int
    printer: str
    title: str = ""
    title_hidden: bool = False
    user: str = ""
    person: PersonId | None = None
    person_name: str = ""
    standing: Standing
    reason: str = "none"
    detail: str = ""
    created_at: dt.datetime
    ended_at: dt.datetime | None = None
    size_bytes: int = 0
    impressions_completed: int | None = None
    pages: Pages | None = None
    held_until: dt.datetime | None = None
    target: str = ""
    before: tuple[StoryLine, ...] = ()
    story: tuple[StoryLine, ...] = ()

    def without_title(self) -> "Job":
        """The same job for one who may not see what was printed."""
        return attrs.evolve(self, title="", title_hidden=bool(self.title))


@frozen(kw_only=True)
class Place:
    """A place in the list of jobs, newest first: right after this job."""

    created_at: dt.datetime
    id: uuid.UUID

    def __str__(self) -> str:
        return f"{self.created_at.isoformat()}_{self.id.hex}"

    @classmethod
    def read(cls, text: str) -> "Place":
        """A place from its text, or ``BadInput``."""
        moment, _, job = text.partition("_")
        try:
            at = dt.datetime.fromisoformat(moment)
            if at.tzinfo is None:
                raise ValueError("no time zone")
            return cls(created_at=at.astimezone(dt.UTC), id=uuid.UUID(job))
        except (ValueError, OverflowError) as error:
            raise BadInput(f"{text!r:.80} is no place in the list") from error


@frozen(kw_only=True)
class Owner:
    """Whose jobs: a person's, and those of their account that nobody else is known to own."""

    person: PersonId
    login: str = ""

    def owns(self, job: Job) -> bool:
        """Whether a job is theirs."""
        if job.person is not None:
            return job.person == self.person
        return bool(self.login) and job.user == self.login


@frozen(kw_only=True)
class JobFilter:
    """Which jobs; what is left empty does not narrow.

    Attributes:
        owner: Theirs.
        user: Exactly this user.
        who: Words, each of which stands in the person's name, address or login; or part of the user.
        printer: Exactly this printer.
        standings: One of these.
        text: Part of the user's or printer's name, or of a title that may be seen; upper and lower case alike.
        since: Created then or later.
        until: Created before.
        after: Where the last page ended.
        limit: Rows, at most ``PAGE_MOST``.
    """

    owner: Owner | None = None
    user: str | None = attrs.field(default=None, converter=attrs.converters.optional(fit))
    who: str = attrs.field(default="", converter=fit)
    printer: str = attrs.field(default="", converter=fit)
    standings: tuple[Standing, ...] = ()
    text: str = attrs.field(default="", converter=fit)
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    after: Place | None = None
    limit: int = attrs.field(default=PAGE)

    @limit.validator
    def _bounded(self, _: object, value: int) -> None:
        if not 1 <= value <= PAGE_MOST:
            raise BadInput(f"a page has 1 to {PAGE_MOST} rows")


@frozen(kw_only=True)
class JobPage:
    """One page of a list, newest first; `after` leads to the next one, None at the end."""

    jobs: tuple[Job, ...]
    after: Place | None = None


def check_job(job: Job) -> None:
    """Raises ``BadInput`` for numbers nobody can print or store."""
    numbers = [job.revision, job.size_bytes, job.impressions_completed or 0]
    if job.pages is not None:
        counted = job.pages
        numbers += [counted.copies]
        optional = (counted.pages, counted.color_pages, counted.impressions, counted.color_impressions, counted.sheets)
        numbers += [number for number in optional if number is not None]
    if any(not 0 <= number <= NUMBER for number in numbers):
        raise BadInput("a number of the job is negative or larger than any job has")
