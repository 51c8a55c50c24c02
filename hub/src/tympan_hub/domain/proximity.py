"""Proof that somebody stands at a device: codes that a screen there changes, and tickets for who proved it once.

- A rotating code is HMAC-SHA256 of the time's step under the point's secret, as letters of the short codes.
- The step of the moment and the one before are good: who reads a code needs time to send it.
- A ticket says who proved to stand where, and until when; nobody but the hub can make or read one.
"""

import datetime as dt
import hashlib
import hmac
import json
from typing import Final

from attrs import frozen

from tympan_hub.domain.ids import PersonId, PrinterId, TenantId
from tympan_hub.domain.limits.pull import CODE_CHARS, ROTATION_S
from tympan_hub.domain.pull import Proximity
from tympan_hub.domain.release_points import LETTERS, code_from

_PURPOSE: Final = b"tympan rotating code "


def step_at(now: dt.datetime) -> int:
    """The number of the step of a moment."""
    return int(now.timestamp()) // ROTATION_S


def lasts_s(now: dt.datetime) -> int:
    """For how many seconds the code of this moment is shown."""
    return ROTATION_S - int(now.timestamp()) % ROTATION_S


def rotating_code(secret: bytes, step: int) -> str:
    """The code of a step."""
    number = int.from_bytes(hmac.new(secret, _PURPOSE + str(step).encode(), hashlib.sha256).digest(), "big")
    letters = []
    for _ in range(CODE_CHARS):
        number, place = divmod(number, len(LETTERS))
        letters.append(LETTERS[place])
    return "".join(letters)


def step_of(secret: bytes, text: str, now: dt.datetime) -> int | None:
    """Of which step a code is that somebody typed; None for one that is not good now. Takes the same time always."""
    typed = (code_from(text) or "").encode()
    found = None
    for step in (step_at(now) - 1, step_at(now)):
        if hmac.compare_digest(rotating_code(secret, step).encode(), typed):
            found = step
    return found


@frozen(kw_only=True)
class Ticket:
    """Who proved to stand where.

    Attributes:
        expires_at: Until when it is good.
        strength: The proximity it proves.
    """

    expires_at: dt.datetime
    strength: Proximity

    def encoded(self) -> bytes:
        """To be sealed."""
        return json.dumps({"until": self.expires_at.timestamp(), "proves": self.strength.value}).encode()

    @classmethod
    def read(cls, data: bytes) -> "Ticket":
        """What was sealed."""
        told = json.loads(data)
        return cls(expires_at=dt.datetime.fromtimestamp(told["until"], dt.UTC), strength=Proximity(told["proves"]))


def ticket_about(tenant: TenantId, person: PersonId, point: PrinterId) -> str:
    """What a ticket is sealed with: it opens for this person and device only."""
    return f"release ticket {tenant} {person} {point}"
