"""Forms and questions of phones, read strictly. Pure."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl

import attrs

from tympan_release_nearby._errors import BadForm
from tympan_release_nearby._limits import CHALLENGE_CHARS
from tympan_wire.hub import GRANTS_AT_ONCE

_CHALLENGE: Final = re.compile(f"[A-Za-z0-9_.~-]{{16,{CHALLENGE_CHARS}}}")
_CODE: Final = re.compile(r"[2-9A-HJKMNP-Z]{8}")
_POINT: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@attrs.frozen(kw_only=True)
class Asked:
    """What a phone wants released, and at which device (the printer's id)."""

    grants: tuple[str, ...]
    point: str


@attrs.frozen(kw_only=True)
class Brought:
    """A challenge, and the short code of the device it is about, which leads back to the portal."""

    challenge: str
    code: str


def asked(body: bytes) -> Asked:
    """A form with grants.

    Raises:
        BadForm: It is none, or has more than a person is given.
    """
    fields = _fields(body.decode("ascii", "replace"), GRANTS_AT_ONCE + 1)
    pasted = [line.strip() for name, value in fields if name == "grant" for line in value.splitlines()]
    grants = tuple(filter(None, pasted))
    point = next((value.strip() for name, value in fields if name == "point"), "")
    if len(grants) > GRANTS_AT_ONCE:
        raise BadForm(f"at most {GRANTS_AT_ONCE} documents are released at once")
    if not grants:
        raise BadForm("the app brought no permission to release")
    if not _POINT.fullmatch(point):
        raise BadForm("no device was chosen")
    return Asked(grants=grants, point=point)


def brought(query: str) -> Brought:
    """What ``/near`` was asked with.

    Raises:
        BadForm: It was not written by the hub.
    """
    fields = dict(_fields(query, 2))
    challenge, code = fields.get("challenge", ""), fields.get("point", "")
    if not _CHALLENGE.fullmatch(challenge) or not _CODE.fullmatch(code):
        raise BadForm("this link is not one of the hub's")
    return Brought(challenge=challenge, code=code)


def _fields(text: str, most: int) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, max_num_fields=most)
    except ValueError as error:
        raise BadForm(f"a form here has at most {most} fields") from error
