"""The second factor: one-time passwords by time (RFC 6238), and recovery codes for the day the telephone is gone.

- A code is good in its own 30 seconds and in those beside them, for clocks differ; each is taken once, and none that
  is older than the last one taken.
- A recovery code has 80 bits of chance, so a plain hash of it cannot be turned round.
"""

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets
from typing import Final
from urllib.parse import quote, urlencode

from attrs import frozen

from tympan_hub.domain.arrivals import Vouched
from tympan_hub.domain.ids import CapabilityKey, PersonId, TenantId, TokenHash, hash_of
from tympan_hub.domain.limits.people import RECOVERY_CODES
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.policy import SECOND_FACTOR
from tympan_hub.domain.sessions import Visitor

STEP_S: Final = 30
"""Seconds of one code (RFC 6238 section 4.1)."""

_DIGITS: Final = 6
_SECRET_OCTETS: Final = 20
"""As many as HMAC-SHA-1 gives (RFC 4226 section 4, R6)."""
_RECOVERY_OCTETS: Final = 10
_RECOVERY: Final = re.compile(r"[A-Z2-7]{16}")

REQUIRED: Final = {role: CapabilityKey(f"{SECOND_FACTOR}.{role.value}") for role in Role}
"""The key of policy that demands a second factor of those who sign in with a password, by role."""


@frozen(kw_only=True)
class SecondFactor:
    """A person's second factor.

    Attributes:
        person: Whose.
        sealed: The secret, encrypted.
        confirmed_at: Since when it is asked for; None while it is being set up.
        last_step: The step of the last code that was taken.
    """

    person: PersonId
    sealed: bytes
    confirmed_at: dt.datetime | None = None
    last_step: int = 0


@frozen(kw_only=True)
class HalfSignedIn:
    """One who has proved their password, and not yet the second factor.

    Attributes:
        hash: Of the secret in their cookie.
        person: Who.
        visitor: Where they come from.
        expires_at: Until when they may go on.
        vouched: What becomes of the session's vouching, for one who came through a provider; its tokens are sealed
            about ``hash``.
    """

    hash: TokenHash
    person: Person
    visitor: Visitor
    expires_at: dt.datetime
    vouched: Vouched | None = None


@frozen(kw_only=True)
class SetUp:
    """What an authenticator takes.

    Attributes:
        secret: In groups of four, to be typed.
        address: All of it, to be shown as a QR code.
    """

    secret: str
    address: str


@frozen(kw_only=True)
class Standing:
    """How it stands with a person's second factor.

    Attributes:
        since: Since when it is asked for; None where there is none.
        codes_left: Recovery codes that were not used.
        required: Policy demands one.
    """

    since: dt.datetime | None
    codes_left: int
    required: bool


def new_secret() -> bytes:
    """A secret nobody has had."""
    return secrets.token_bytes(_SECRET_OCTETS)


def set_up(secret: bytes, account: str, issuer: str) -> SetUp:
    """A secret as authenticators take it; who issued it stands above the code there."""
    text = base64.b32encode(secret).decode("ascii")
    label = quote(f"{issuer.replace(':', ' ')}:{account}")
    asked = urlencode({"secret": text, "issuer": issuer, "algorithm": "SHA1", "digits": _DIGITS, "period": STEP_S})
    return SetUp(
        secret=" ".join(text[place : place + 4] for place in range(0, len(text), 4)),
        address=f"otpauth://totp/{label}?{asked.replace('+', '%20')}",
    )


def code(secret: bytes, step: int) -> str:
    """The code of a step (RFC 4226 section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


def step_at(moment: dt.datetime) -> int:
    """The step of a moment."""
    return int(moment.timestamp()) // STEP_S


def accepted(secret: bytes, typed: str, now: dt.datetime, last: int) -> int | None:
    """The step whose code was typed; None for a code that is wrong, too old, or not newer than the last one taken."""
    given, here = re.sub(r"\s", "", typed).encode("utf-8", "surrogatepass"), step_at(now)
    fitting = [step for step in (here - 1, here, here + 1) if hmac.compare_digest(code(secret, step).encode(), given)]
    return next((step for step in fitting if step > last), None)


def new_recovery_codes() -> tuple[str, ...]:
    """Codes nobody has had, as people write them down."""
    return tuple(_spelled(secrets.token_bytes(_RECOVERY_OCTETS)) for _ in range(RECOVERY_CODES))


def recovery_hash(typed: str) -> TokenHash | None:
    """What is kept in place of a recovery code; None for what is none."""
    plain = re.sub(r"[\s-]", "", typed).upper()
    return hash_of(f"recovery {plain}") if _RECOVERY.fullmatch(plain) else None


def about(tenant: TenantId, person: PersonId) -> str:
    """What a sealed secret is about: another person's opens nothing."""
    return f"second factor of {person} in {tenant}"


def _spelled(octets: bytes) -> str:
    text = base64.b32encode(octets).decode("ascii")
    return "-".join(text[place : place + 4] for place in range(0, len(text), 4)).lower()
