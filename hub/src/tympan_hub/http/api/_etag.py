"""Entity tags: what was read, named by a hash; changes say which reading they mean (RFC 9110 section 13.1.1)."""

import hashlib
from typing import Annotated, Final

from fastapi import Header, Response
from pydantic import BaseModel

from tympan_hub.domain.errors import BadInput, Changed

_CHARS: Final = 400
"""An If-Match with some tags; ours are 34 characters long."""

IfMatch = Annotated[
    str | None,
    Header(
        max_length=_CHARS,
        pattern=r'^(\*|"[!#-~]*"(\s*,\s*"[!#-~]*")*)$',
        description="The ETag that was read; when it is not that any more, nothing is changed.",
    ),
]
"""The reading a change means."""

TAGGED: Final = {"headers": {"ETag": {"description": "Names this reading.", "schema": {"type": "string"}}}}
"""How the document shows an answer with a tag."""


def tag_of(told: BaseModel) -> str:
    """The tag of what is told."""
    return f'"{hashlib.sha256(told.model_dump_json().encode()).hexdigest()[:32]}"'


def tagged(response: Response, told: BaseModel) -> None:
    """Puts the tag to an answer."""
    response.headers["ETag"] = tag_of(told)


def check_same(if_match: str | None, told: BaseModel) -> bool:
    """Whether a reading is meant; raises ``Changed`` when it is not this one, ``BadInput`` for what is no tag."""
    if if_match is None or if_match == "*":
        return False
    tags = [tag.strip() for tag in if_match.split(",")]
    if not all(len(tag) >= 2 and tag[0] == tag[-1] == '"' for tag in tags):
        raise BadInput("If-Match holds no entity tag", next_step="Send the ETag that was read.")
    if tag_of(told) not in tags:
        raise Changed("it is not any more what was read", next_step="Read it again, then decide.")
    return True
