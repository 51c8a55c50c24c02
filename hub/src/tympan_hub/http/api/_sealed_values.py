"""What is told and given of documents that are handed in sealed: the same for programs and for the page's script."""

import base64
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from tympan_hub.domain.hand_ins import HandIn, Target, Via, Wishes
from tympan_hub.domain.held import ColorMode, Sides
from tympan_hub.domain.ids import AgentId, JobId, PrinterId, UploadId
from tympan_hub.domain.limits.hand_ins import MEDIA_CHARS, PAGES_MOST, RANGES_MOST, TITLE_CHARS
from tympan_hub.domain.limits.pull import COPIES_MOST, ENVELOPE_BYTES, NOTE_BYTES, READERS
from tympan_hub.domain.limits.uploads import BLOB_BYTES, UPLOAD_BYTES, UPLOAD_NAME_OCTETS, UPLOAD_PART_BYTES_LEAST
from tympan_hub.domain.mirrors import Envelope
from tympan_hub.http.api._kinds import HEX, WORD, Given, Number, Told

_RANGE: Final = "[0-9]{1,7}(-[0-9]{1,7})?"
_RANGES: Final = f"^{_RANGE}(,{_RANGE}){{0,{RANGES_MOST - 1}}}$"
_RANGE_CHARS: Final = len("1000000-1000000,")
_SIDES: Final = list(Sides)


class SealedFormat(StrEnum):
    """What agents print as it is, or render."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"


class ReaderTold(Told):
    """A computer that may print what is handed in for a printer."""

    agent: str
    name: str
    recipient: str = Field(description="Its public key, base64: lock the document's key for it.")
    fingerprint: str = Field(description="Of that key, SHA-256: compare it before you trust a new one.")


class TargetTold(Told):
    """A printer that documents may be handed in for."""

    id: str
    name: str
    location: str
    holds: bool = Field(description="What is handed in waits until its owner is at a device.")
    color: bool = Field(description="False where it prints no colour for certain.")
    sides: list[Sides]
    media: list[str] = Field(description="PWG names of paper it has; empty where nobody told.")
    readers: list[ReaderTold] = Field(
        description="Seal the document for all of these. Empty while nobody prints there."
    )
    context: str = Field(description="What envelopes are bound to, base64.")
    hindrance: str = Field(description="Why nothing may be handed in now; empty when it may.")
    converts: bool = Field(description="Whether the hub converts documents that are no PDF.")

    @classmethod
    def of(cls, target: Target, hindrance: str, *, converts: bool) -> "TargetTold":
        """As it is told, with a hindrance that holds while there are no readers."""
        return cls(
            id=target.printer,
            name=target.name,
            location=target.location,
            holds=target.holds,
            color=target.color is not False,
            sides=_SIDES if target.duplex is not False else _SIDES[:1],
            media=list(target.media),
            readers=[ReaderTold.model_validate(each) for each in target.readers],
            context=target.context,
            hindrance="" if target.readers else hindrance,
            converts=converts,
        )


class WishesGiven(Given):
    """How a document shall come out."""

    copies: Annotated[Number, Field(ge=1, le=COPIES_MOST)] = 1
    sides: Annotated[Sides | None, Field(description="Else as the device is set.")] = None
    color: Annotated[ColorMode | None, Field(description="Else as the device is set.")] = None
    media: Annotated[str, Field(max_length=MEDIA_CHARS, description="A PWG media name; else as the device is set.")] = (
        ""
    )


class TicketGiven(WishesGiven):
    """What a ticket is made of."""

    pages: Annotated[
        str | None,
        Field(
            pattern=_RANGES,
            max_length=_RANGE_CHARS * RANGES_MOST,
            description="Ranges in order, such as 1-3,5; else all.",
        ),
    ] = None

    def wishes(self) -> Wishes:
        """As the hub knows them; raises ``BadInput``."""
        told = [one.partition("-") for one in (self.pages or "").split(",") if one]
        pages = tuple((int(first), int(last or first)) for first, _, last in told)
        return Wishes(copies=self.copies, sides=self.sides, color=self.color, media=self.media, pages=pages)


class TicketTold(Told):
    """A ticket."""

    ticket: str = Field(description="One IPP message, base64: it belongs into the sealed note.")


class UploadGiven(Given):
    """An upload that begins, or goes on."""

    name: Annotated[str, Field(min_length=1, max_length=UPLOAD_NAME_OCTETS, description="The job's id, as a rule.")]
    size: Annotated[Number, Field(ge=0, le=UPLOAD_BYTES, description="Bytes of the sealed document.")]
    part_bytes: Annotated[
        Number, Field(ge=UPLOAD_PART_BYTES_LEAST, le=BLOB_BYTES, description="Of each part but the last.")
    ]


class UploadTold(Told):
    """An upload that stands."""

    id: str
    parts: list[int] = Field(description="Numbers of the parts that are there, from 0.")


class PartTold(Told):
    """A part that is there."""

    number: int


class EnvelopeGiven(Given):
    """A document's key, locked for one computer."""

    agent: Annotated[str, Field(pattern=HEX)]
    envelope: Annotated[str, Field(max_length=ENVELOPE_BYTES, description="Base64.")]


class HandInGiven(WishesGiven):
    """A sealed document that is uploaded, and shall come out."""

    job: Annotated[UUID, Field(description="Made by whoever seals: the seal is bound to it.")]
    printer: Annotated[str, Field(pattern=WORD)]
    upload: Annotated[str, Field(pattern=HEX, description="The finished upload.")]
    note: Annotated[str, Field(max_length=NOTE_BYTES, description="Sealed with the document's key, base64.")]
    envelopes: Annotated[list[EnvelopeGiven], Field(max_length=READERS)]
    title: Annotated[
        str, Field(max_length=TITLE_CHARS, description="For lists; empty where the hub shall not know.")
    ] = ""
    media_type: SealedFormat = SealedFormat.PDF
    pages: Annotated[Number | None, Field(ge=1, le=PAGES_MOST, description="How many the document has.")] = None

    def hand_in(self, via: Via) -> HandIn:
        """As the hub knows it; raises ``BadInput``."""
        job = JobId(self.job)
        return HandIn(
            job=job,
            printer=PrinterId(self.printer),
            upload=UploadId(self.upload),
            note=self.note,
            envelopes=tuple(
                Envelope(job=job, agent=AgentId(each.agent), envelope=each.envelope) for each in self.envelopes
            ),
            title=self.title,
            media_type=self.media_type.value,
            pages=self.pages,
            wishes=Wishes(copies=self.copies, sides=self.sides, color=self.color, media=self.media),
            via=via,
        )


def ticket_told(ticket: bytes) -> TicketTold:
    """As it goes into JSON."""
    return TicketTold(ticket=base64.b64encode(ticket).decode())
