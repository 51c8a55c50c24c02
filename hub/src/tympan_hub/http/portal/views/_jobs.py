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
        owner: As the spooler named the user.
        standing: Where it stands.
        created_at: When its first byte came.
        pages: Sides printed once known, else pages of the document; None when not known.
    """

    id: str
    title: str
    hidden: bool = False
    printer: str
    owner: str
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
class Jobs:
    """The page of jobs."""

    rows: tuple[JobRow, ...]
    page: Page
    query: str = ""
    standings: tuple[Choice, ...] = ()
    printers: tuple[Choice, ...] = ()
    filtered: bool = False
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
    copies: int = 1
    impressions: int | None = None
    color_impressions: int | None = None
    sheets: int | None = None
    sizes: str = ""
    sides: str = ""
    problem: str = ""


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
    """One job with its story."""

    row: JobRow
    printer_id: str
    detail: str
    ended_at: dt.datetime | None
    size: int
    agent: str
    sheets: Sheets | None
    story: tuple[StoryStep, ...]
    cancel: Cancel | None = None
