"""Addresses to which people send what they want printed: each has a secret in it, and belongs to one person.

- Of the secret the hash and a short beginning are kept; the address itself is shown once.
- It is written in small letters and digits alone, for mail servers may change the case of an address.
- A letter to it is taken of its person alone, and while they may sign in.
"""

import base64
import datetime as dt
import re
import secrets
from typing import Final

import attrs
from attrs import field, frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.hand_ins import Wishes
from tympan_hub.domain.ids import MailAddressId, PersonId, PrinterId, TenantId, TokenHash

BEFORE: Final = "print+"
"""What each address begins with."""

_SECRET_BYTES: Final = 20
"""160 bits, as 32 letters and digits; four of them are shown, and 140 bits stay."""

SHOWN_CHARS: Final = 4
"""So much of a secret is kept and shown: enough to know the address again."""

_SECRET: Final = re.compile(r"[a-z2-7]{32}")
_DOMAIN: Final = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")


def _domain(text: str) -> str:
    name = text.strip().rstrip(".").lower()
    if not _DOMAIN.fullmatch(name):
        raise BadInput(f"{text!r:.120} is no name of a mail server or a mail domain")
    return name


@frozen(kw_only=True)
class MailPlace:
    """For which letters the hub is there.

    Attributes:
        domain: Of the addresses.
        server: The operator's mail server as it names itself in what it vouches for (``authserv-id``, RFC 8601).
    """

    domain: str = field(converter=_domain)
    server: str = field(converter=_domain)

    def address(self, secret: str) -> str:
        """The address of a secret."""
        return f"{BEFORE}{secret}@{self.domain}"

    def secret_of(self, address: str) -> str:
        """The secret in an address of this kind; "" for any other."""
        local, _, domain = address.lower().rpartition("@")
        secret = local.removeprefix(BEFORE)
        here = domain.rstrip(".") == self.domain and local != secret
        return secret if here and _SECRET.fullmatch(secret) else ""


@frozen(kw_only=True)
class MailAddress:
    """The address of a person.

    Attributes:
        id: Never used again for another; what comes to it has its ids from it.
        tenant: Whose.
        person: Whose letters are printed.
        hash: SHA-256 of the secret.
        shown: Its beginning, for people.
        printer: Where what comes is printed.
        wishes: How.
        made_at: When.
    """

    id: MailAddressId
    tenant: TenantId
    person: PersonId
    hash: TokenHash
    shown: str
    printer: PrinterId
    wishes: Wishes = field(factory=Wishes)
    made_at: dt.datetime

    def aimed(self, printer: PrinterId, wishes: Wishes) -> "MailAddress":
        """The same address, for another printer or other wishes."""
        return attrs.evolve(self, printer=printer, wishes=wishes)


def new_mail_secret() -> str:
    """A secret for an address."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode().lower()
