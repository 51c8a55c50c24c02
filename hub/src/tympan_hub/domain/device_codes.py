"""Device codes (RFC 8628): a machine shows a short code, a person approves it at the portal.

- The long code stays with the machine, and the hub keeps its hash; the short one is of no use without a person.
- A code that enrols belongs to the service until somebody decides; from then on to the tenant of who decided.
"""

import datetime as dt
import hashlib
import re
import secrets
from enum import StrEnum
from typing import Final

from attrs import frozen

from tympan_hub.domain.agents import Platform
from tympan_hub.domain.ids import AgentId, PersonId, TenantId, TokenHash

_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no word comes of it, and nothing that looks like a digit (RFC 8628 section 6.1)."""

_LENGTH: Final = 8
_TYPED = re.compile(f"[{_LETTERS}]{{{_LENGTH}}}")


class Purpose(StrEnum):
    """What a code is for."""

    ENROL = "enrol"
    SIGN_IN = "sign-in"


class Decision(StrEnum):
    """What a person said."""

    WAITING = "waiting"
    APPROVED = "approved"
    DENIED = "denied"


@frozen(kw_only=True)
class DeviceCode:
    """A code that waits for a person, or was decided.

    Attributes:
        hash: SHA-256 of the long code.
        tenant: Whose it is; the service's while a code that enrols waits.
        user_code: The short code, without its dash.
        purpose: To enrol a machine, or to sign a person in at an agent.
        agent: Which one; None where there is none yet.
        user: The account of the operating system that asks; "" when it is not told.
        name: The machine's name, as it says.
        platform: What it runs on, as it says.
        release: The agent's version, as it says.
        source: The network address it asked from.
        asked_at: When.
        expires_at: When it is no good any more.
        interval_s: Least time between two questions.
        polled_at: When it was asked about last.
        decision: What a person said.
        person: Who decided; None while nobody has.
        replaces: The agent whose place is taken; None for a new one.
        signs_in: Whether who approved is to be signed in too.
    """

    hash: TokenHash
    tenant: TenantId
    user_code: str
    purpose: Purpose
    agent: AgentId | None = None
    user: str = ""
    name: str
    platform: Platform = Platform.UNKNOWN
    release: str = ""
    source: str = ""
    asked_at: dt.datetime
    expires_at: dt.datetime
    interval_s: int
    polled_at: dt.datetime | None = None
    decision: Decision = Decision.WAITING
    person: PersonId | None = None
    replaces: AgentId | None = None
    signs_in: bool = False


def new_user_code() -> str:
    """A short code: 34 bits, enough where guesses are counted and the code is gone after minutes."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def spelled(user_code: str) -> str:
    """A short code as it is shown: ``BCDF-GHJK``."""
    return f"{user_code[: _LENGTH // 2]}-{user_code[_LENGTH // 2 :]}"


def typed(text: str) -> str:
    """A short code as somebody typed it: small letters, dashes and blanks do not matter; "" when it is none."""
    letters = re.sub(r"[\s\-\u2010-\u2015.]", "", text[:40]).upper()
    return letters if _TYPED.fullmatch(letters) else ""


def enrolment_token(device_code: str) -> str:
    """The one-use token a granted code gives: made from the code, so that who asks again is answered the same."""
    return hashlib.sha256(b"tympan enrolment " + device_code.encode("utf-8", "surrogatepass")).hexdigest()
