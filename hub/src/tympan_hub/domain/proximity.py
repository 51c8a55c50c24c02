"""Proving to be at a device: codes that a screen beside it shows, and tickets for whoever proved it. Pure.

- A screen's code comes from the device's secret and the time (HMAC-SHA256 over the number of the step): this step's
  and the one's before are taken, each once of a person, so that a photograph of it is worth nothing a minute later.
- Codes are compared in constant time.
- A ticket is for one person at one device and ends after some minutes; it says how nearness was proved, and nothing
  less than what is wanted does.
"""

import datetime as dt
import hashlib
import hmac
import json
import re
import secrets
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import PersonId, PrinterId
from tympan_hub.domain.limits.proximity import (
    DOOR_CHARS,
    DOORS,
    POINT_CODE_CHARS,
    POINT_SECRET_OCTETS,
    ROTATING_CHARS,
    ROTATING_STEP,
)

LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Of codes people type: 31 that are not taken for each other."""

_SEPARATORS: Final = re.compile(r"[\s\-\u2010-\u2015.]")
_TYPED: Final = re.compile(f"[{LETTERS}]{{{POINT_CODE_CHARS}}}")


class Proximity(StrEnum):
    """What proof of being at the device is wanted."""

    NONE = "none"
    STATIC = "static"
    ROTATING = "rotating"
    NEAR = "near"


SUFFICES: Final = {
    Proximity.NONE: frozenset(Proximity),
    Proximity.STATIC: frozenset({Proximity.STATIC, Proximity.ROTATING, Proximity.NEAR}),
    Proximity.ROTATING: frozenset({Proximity.ROTATING}),
    Proximity.NEAR: frozenset({Proximity.NEAR}),
}
"""Which proofs do for which that is wanted: a photographed sticker is good for the weakest alone."""


@frozen(kw_only=True)
class Ticket:
    """A proof that was accepted.

    Attributes:
        person: Who proved it.
        point: At which device.
        how: By what.
        until: How long it holds.
    """

    person: PersonId
    point: PrinterId
    how: Proximity
    until: dt.datetime

    def admits(self, person: PersonId | None, point: PrinterId, wanted: Proximity, now: dt.datetime) -> bool:
        """Whether it lets a person release at a device now."""
        return (self.person, self.point) == (person, point) and now < self.until and self.how in SUFFICES[wanted]


@frozen(kw_only=True)
class Challenge:
    """A word that a phone carries to an agent of the device's network: whose, for which device, and how long."""

    person: PersonId
    point: PrinterId
    until: dt.datetime


def new_code() -> str:
    """A device's short code."""
    return "".join(secrets.choice(LETTERS) for _ in range(POINT_CODE_CHARS))


def new_point_secret() -> bytes:
    """What a device's screen makes its codes of."""
    return secrets.token_bytes(POINT_SECRET_OCTETS)


def spelled(code: str) -> str:
    """A code as it is shown: ``ABCD-2345``."""
    return f"{code[: len(code) // 2]}-{code[len(code) // 2 :]}"


def typed(text: str) -> str:
    """A code as somebody typed or scanned it: small letters, dashes and blanks do not matter; "" when it is none."""
    letters = _SEPARATORS.sub("", text[:40]).upper()
    return letters if _TYPED.fullmatch(letters) else ""


def is_same(code: str, shown: str) -> bool:
    """Whether a code is that of the device; as long takes whatever is shown."""
    return hmac.compare_digest(code.encode(), typed(shown).encode())


def step_at(now: dt.datetime) -> int:
    """The number of the step a moment lies in."""
    return int(now.timestamp() // ROTATING_STEP.total_seconds())


def rotating_code(secret: bytes, step: int) -> str:
    """What the screen shows in a step."""
    number = int.from_bytes(hmac.digest(secret, b"tympan point" + step.to_bytes(8, "big"), hashlib.sha256))
    letters = []
    for _ in range(ROTATING_CHARS):
        number, letter = divmod(number, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)


def shown_in(secret: bytes, text: str, now: dt.datetime) -> int | None:
    """The step in which the screen showed this: this one or the one before; None for neither."""
    step = step_at(now)
    fits = [each for each in (step, step - 1) if is_same(rotating_code(secret, each), text)]
    return fits[0] if fits else None


def screen_at(secret: bytes, now: dt.datetime) -> tuple[str, dt.timedelta]:
    """What the screen shows now, and for how long still."""
    end = dt.datetime.fromtimestamp((step_at(now) + 1) * ROTATING_STEP.total_seconds(), dt.UTC)
    return rotating_code(secret, step_at(now)), end - now


def ticket_text(ticket: Ticket) -> bytes:
    """A ticket, to be sealed."""
    until = ticket.until.timestamp()
    return json.dumps([ticket.person, ticket.point, ticket.how.value, until]).encode()


def ticket_from(data: bytes) -> Ticket:
    """A ticket that was sealed here."""
    person, point, how, until = json.loads(data)
    moment = dt.datetime.fromtimestamp(until, dt.UTC)
    return Ticket(person=PersonId(person), point=PrinterId(point), how=Proximity(how), until=moment)


def challenge_text(challenge: Challenge) -> bytes:
    """A challenge, to be sealed."""
    return json.dumps([challenge.person, challenge.point, challenge.until.timestamp()]).encode()


def challenge_from(data: bytes) -> Challenge:
    """A challenge that was sealed here."""
    person, point, until = json.loads(data)
    moment = dt.datetime.fromtimestamp(until, dt.UTC)
    return Challenge(person=PersonId(person), point=PrinterId(point), until=moment)


_NEAR: Final = tuple(
    map(
        ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"),
    )
)
"""Private (RFC 1918), link-local (RFC 3927, RFC 4291) and unique local addresses (RFC 4193): networks near by."""


def check_doors(doors: tuple[str, ...], *, own_machine: bool = False) -> None:
    """Raises ``BadInput`` for what no agent's page is reached at: phones are sent there, so they go nowhere else.

    Loopback is one where the hub itself is on its users' ``own_machine``, and nowhere else.
    """
    if len(doors) > DOORS or not all(is_door(door, own_machine=own_machine) for door in doors):
        raise BadInput(f"an agent's page is told as up to {DOORS} addresses such as http://192.168.2.7:39151")


def is_door(text: str, *, own_machine: bool = False) -> bool:
    """Whether a text is ``http://``, an address in a network near by, and a port; nothing else."""
    try:
        parts = urlsplit(text)
        address, port = ip_address(parts.hostname or ""), parts.port
    except ValueError:
        return False
    shown = f"[{address}]" if address.version == 6 else str(address)
    if text != f"http://{shown}:{port}" or "%" in text or len(text) > DOOR_CHARS or not port:
        return False
    return any(address in network for network in _NEAR) or (own_machine and address.is_loopback)
