"""Kinds of parameters and fields: ids, names, moments, pages. What is not of its kind is refused before it is used."""

import datetime as dt
import re
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from tympan_hub.domain.limits.pages import PAGE, PAGE_MOST
from tympan_hub.domain.limits.values import NAME_OCTETS

WORD: Final = r"^[a-z0-9][a-z0-9-]{0,62}$"
"""An id made from a name."""

HEX: Final = r"^[0-9a-f]{32}$"
"""An id made by chance."""

HASH: Final = r"^[0-9a-f]{64}$"
"""The id of what is told only once: it is no secret, and opens nothing."""

CAPABILITY: Final = r"^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*){1,4}$"
"""A capability key."""

CURSOR_CHARS: Final = 2000
"""The longest cursor: one holds the name and id of a row."""

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")

T = TypeVar("T")


class Given(BaseModel):
    """What comes in: nothing that is not asked for."""

    model_config = ConfigDict(extra="forbid")


class Told(BaseModel):
    """What goes out, made from values of the domain."""

    model_config = ConfigDict(from_attributes=True)


class Page(Told, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None = Field(description="Give it as `after` to get the following page; null at the end.")


def _moment(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("this is no moment as RFC 3339 writes it, such as 2026-03-01T09:00:00Z")
    try:
        return dt.datetime.fromisoformat(value.upper()).astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError("this moment is outside of what a calendar holds") from error


Moment = Annotated[
    dt.datetime,
    BeforeValidator(_moment),
    PlainSerializer(lambda moment: moment.isoformat().replace("+00:00", "Z"), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment with its zone."""

Number = Annotated[int, Field(strict=True)]
"""A number in a body: no text, and no truth, that could be read as one."""

Truth = Annotated[bool, Field(strict=True)]
"""True or false in a body, and no word or number for it."""

Name = Annotated[str, Field(min_length=1, max_length=NAME_OCTETS)]
"""A name for people."""

Limit = Annotated[int, Query(ge=1, le=PAGE_MOST, description="Rows of a page, at most.")]
"""How long a page may be; the default is `PAGE`."""

After = Annotated[str | None, Query(max_length=CURSOR_CHARS, description="The `next` of the page before.")]
"""Where a page begins."""

AgentIn = Annotated[str, Path(pattern=HEX, description="An agent's id.")]
PrinterIn = Annotated[str, Path(pattern=WORD, description="A printer's id.")]
GroupIn = Annotated[str, Path(pattern=WORD, description="A group's id.")]
InvitationIn = Annotated[str, Path(pattern=HEX, description="An invitation's id.")]
PersonIn = Annotated[str, Path(pattern=HEX, description="A person's id.")]
EnrolmentIn = Annotated[str, Path(pattern=HASH, description="An enrolment token's id.")]
TokenIn = Annotated[str, Path(pattern=HEX, description="A token's id.")]
ScanIn = Annotated[str, Path(pattern=HEX, description="A scan's id.")]
WebhookIn = Annotated[str, Path(pattern=HEX, description="A webhook's id.")]
DeliveryIn = Annotated[str, Path(pattern=HEX, description="A delivery's id.")]
GroupAsked = Annotated[
    str | None, Query(pattern=WORD, description="A group's id: its own document instead of the tenant's.")
]
KeyIn = Annotated[str, Path(pattern=CAPABILITY, max_length=100, description="A capability key.")]

DEFAULT_LIMIT: Final = PAGE
