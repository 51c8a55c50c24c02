"""Hand-ins: documents that people hand the hub, to be printed by an agent near the device.

- What is handed in is sealed for the agents that may print it, and the hub has no key; only what a program gives it in
  clear the hub seals itself, and erases.
- Its job belongs to a person, and to no agent until one has begun with it.
"""

from enum import StrEnum
from typing import Final

from attrs import field, frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.held import ColorMode, Sides
from tympan_hub.domain.ids import AgentId, JobId, PrinterId, UploadId
from tympan_hub.domain.limits.hand_ins import MEDIA_CHARS, PAGES_MOST, TITLE_CHARS
from tympan_hub.domain.limits.pull import COPIES_MOST
from tympan_hub.domain.mirrors import Envelope
from tympan_hub.domain.text import fit

SEALED_FORMATS: Final = ("application/pdf", "image/jpeg")
"""What agents print as it is, or render."""


class Via(StrEnum):
    """Which way something came in."""

    PORTAL = "portal"
    API = "api"
    MAIL = "mail"


FIRST_LINES: Final = {
    Via.PORTAL: "Handed in from the portal",
    Via.API: "Handed in through the API",
    Via.MAIL: "Handed in by e-mail",
}
"""How the story of such a job begins."""


@frozen(kw_only=True)
class Wishes:
    """How it shall come out.

    Attributes:
        copies: How many.
        sides: IPP ``sides``; None as the printer does.
        color: IPP ``print-color-mode``; None as the printer does.
        media: PWG media name; "" as the printer does.
        pages: First and last of each range, 1-based; () for all.
    """

    copies: int = 1
    sides: Sides | None = None
    color: ColorMode | None = None
    media: str = ""
    pages: tuple[tuple[int, int], ...] = ()

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.copies <= COPIES_MOST:
            raise BadInput(f"there are 1 to {COPIES_MOST} copies", next_step="Give another number.", field="copies")
        if len(self.media) > MEDIA_CHARS or not self.media.isascii():
            raise BadInput("that is no name of a paper size", next_step="Choose one the printer has.", field="media")
        last = 0
        for first, end in self.pages:
            if not last < first <= end <= PAGES_MOST:
                raise BadInput("the pages are not ranges in order", next_step="Write for example 1-3,5.", field="pages")
            last = end


@frozen(kw_only=True)
class Reader:
    """An agent that may print what is handed in for a printer.

    Attributes:
        agent: Which.
        name: What the computer is called.
        recipient: Its public key for envelopes, base64.
        fingerprint: Of that key, SHA-256 hex.
    """

    agent: AgentId
    name: str
    recipient: str
    fingerprint: str


@frozen(kw_only=True)
class Target:
    """A printer as somebody who hands something in sees it.

    Attributes:
        printer: Which.
        name: For people.
        location: For people.
        holds: What is handed in waits until its owner is at a device.
        color: Whether it prints colour; None where nobody told.
        duplex: Whether it prints both sides; None where nobody told.
        media: PWG names of paper it has; () where nobody told.
        readers: Who may print what is handed in for it; () while nobody can.
        context: What envelopes are bound to, base64.
    """

    printer: PrinterId
    name: str
    location: str = ""
    holds: bool = False
    color: bool | None = None
    duplex: bool | None = None
    media: tuple[str, ...] = ()
    readers: tuple[Reader, ...] = ()
    context: str = ""


@frozen(kw_only=True)
class Wanted:
    """What a document that is given in clear shall become.

    Attributes:
        printer: Where it shall come out.
        title: For its owner's lists.
        wishes: How it shall come out.
        via: Which way it came.
    """

    printer: PrinterId
    title: str = field(default="", converter=fit)
    wishes: Wishes = field(factory=Wishes)
    via: Via = Via.API


@frozen(kw_only=True)
class HandIn:
    """A sealed document that is uploaded, and shall come out.

    Attributes:
        job: The ``job-uuid``, made by whoever sealed it: it is bound into the seal.
        printer: Where.
        upload: The finished upload.
        note: A `tympan_wire.hub.HeldNote`, sealed with the document's key, base64.
        envelopes: The key, for each agent that may print it.
        title: For its owner's lists; "" where the hub shall not know it.
        media_type: Of the document.
        pages: How many it has; None where that is not known.
        wishes: How it shall come out.
        via: Which way it came.
    """

    job: JobId
    printer: PrinterId
    upload: UploadId
    note: str
    envelopes: tuple[Envelope, ...]
    title: str = field(default="", converter=fit)
    media_type: str = "application/pdf"
    pages: int | None = None
    wishes: Wishes = field(factory=Wishes)
    via: Via = Via.API

    def __attrs_post_init__(self) -> None:
        if self.media_type not in SEALED_FORMATS:
            cause = f"{self.media_type!r:.80} is no format that is handed in sealed"
            raise BadInput(cause, next_step=f"Make it one of {', '.join(SEALED_FORMATS)}.", field="media_type")
        if len(self.title) > TITLE_CHARS:
            raise BadInput(f"a title has at most {TITLE_CHARS} characters", field="title")
        if self.pages is not None and not 1 <= self.pages <= PAGES_MOST:
            raise BadInput(f"a document has 1 to {PAGES_MOST} pages", field="pages")
