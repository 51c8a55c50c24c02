"""Jobs as pages show them."""

import datetime as dt

from attrs import frozen

from tympan_hub.http.portal.views._frame import Page, Tone


@frozen(kw_only=True)
class Shown:
    """Where a job stands: a word and a picture, never a colour alone."""

    word: str
    icon: str
    tone: Tone
    meaning: str
    live: bool = False


@frozen(kw_only=True)
class JobRow:
    """A job in a list.

    Attributes:
        id: Its uuid.
        title: The document's title; "" where it is not known.
        hidden: There is a title, and whoever looks may not see it.
        printer: Name of the printer.
        owner: The person, or where nobody knows who it is the account; "" when neither is known.
        account: As the spooler named the user, where the person is known and it says something else.
        standing: Where it stands.
        created_at: When its first byte came.
        pages: Sides printed once known, else pages of the document; None when not known.
    """

    id: str
    title: str
    hidden: bool = False
    printer: str
    owner: str
    account: str = ""
    standing: Shown
    created_at: dt.datetime
    pages: int | None = None


@frozen(kw_only=True)
class Choice:
    """An entry of a select."""

    value: str
    label: str
    chosen: bool = False
    translated: bool = True


@frozen(kw_only=True)
class Range:
    """A range to choose with one press."""

    label: str
    href: str
    chosen: bool


@frozen(kw_only=True)
class Jobs:
    """The page of jobs."""

    rows: tuple[JobRow, ...]
    page: Page
    query: str = ""
    person: str = ""
    time: str = ""
    since: str = ""
    until: str = ""
    ranges: tuple[Range, ...] = ()
    standings: tuple[Choice, ...] = ()
    printers: tuple[Choice, ...] = ()
    filtered: bool = False
    narrowed: bool = False
    everybody: bool = False
    file: str = ""


@frozen(kw_only=True)
class StoryStep:
    """A line of a job's story, as the agent told it."""

    at: dt.datetime
    what: str
    why: str
    then: str
    standing: Shown


@frozen(kw_only=True)
class Sheets:
    """What a document puts on paper; None and "" where it is not known."""

    pages: int | None = None
    color_pages: int | None = None
    copies: int = 1
    impressions: int | None = None
    color_impressions: int | None = None
    sheets: int | None = None
    sizes: str = ""
    sides: str = ""
    problem: str = ""

    @property
    def gray_pages(self) -> int | None:
        """Pages without colour."""
        if self.pages is None or self.color_pages is None:
            return None
        return max(self.pages - self.color_pages, 0)


@frozen(kw_only=True)
class Cancel:
    """Whether the job can be cancelled, and what became of the wish to.

    Attributes:
        offered: It can still be cancelled.
        note: What goes on, in English; "" when nothing.
        told: The agent's sentence on why not, in English.
        live: The computer was asked.
    """

    offered: bool = False
    note: str = ""
    told: str = ""
    live: bool = False


@frozen(kw_only=True)
class Job:
    """One job with its story.

    Attributes:
        row: As in a list.
        printer_id: Where its printer's page is; "" when there is none any more.
        person_id: The person's page, for who may see it; "" otherwise.
        detail: How it stands, as the agent says it.
        format: What kind of document, as people call it.
        came_out: Sides that came out, as the device told.
        releasable: It is held, and whoever looks may release it.
    """

    row: JobRow
    printer_id: str
    person_id: str = ""
    format: str = ""
    came_out: int | None = None
    releasable: bool = False
    detail: str
    ended_at: dt.datetime | None
    size: int
    agent: str
    sheets: Sheets | None
    story: tuple[StoryStep, ...]
    cancel: Cancel | None = None
