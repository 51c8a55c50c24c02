"""Badges: cards people hold to a reader beside a device. Of a number only a keyed digest is kept, and its end.

A number has few bits, so a plain hash of it could be turned round by trying all; without the hub's key this one cannot.
"""

import datetime as dt
import hashlib
import hmac
import re
from typing import Final

from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import PersonId, TenantId, TokenHash
from tympan_hub.domain.limits.proximity import BADGE_CHARS, BADGE_CHARS_LEAST

_SEPARATORS: Final = re.compile(r"[\s:.\-]")
_NUMBER: Final = re.compile(f"[0-9A-Z]{{{BADGE_CHARS_LEAST},{BADGE_CHARS}}}")
_SHOWN: Final = 3


@frozen(kw_only=True)
class Badge:
    """A badge of a person.

    Attributes:
        tenant: Whose.
        digest: Of its number, keyed.
        person: Who holds it.
        shown: The end of its number, for people.
        made_at: When it was entered.
    """

    tenant: TenantId
    digest: TokenHash
    person: PersonId
    shown: str
    made_at: dt.datetime


def number_of(text: str) -> str:
    """A badge's number as readers write it, whatever stands between its digits; raises ``BadInput``."""
    number = _SEPARATORS.sub("", text[: 4 * BADGE_CHARS]).upper()
    if not _NUMBER.fullmatch(number):
        cause = f"a badge's number has {BADGE_CHARS_LEAST} to {BADGE_CHARS} letters and digits"
        raise BadInput(cause, next_step="Hold the badge to the reader, and copy what it reads.", field="number")
    return number


def digest_of(key: bytes, number: str) -> TokenHash:
    """What is kept of a number."""
    return TokenHash(hmac.new(key, b"badge " + number.encode(), hashlib.sha256).hexdigest())


def shown_of(number: str) -> str:
    """As much of a number as tells a person's badges apart."""
    return f"…{number[-_SHOWN:]}"
