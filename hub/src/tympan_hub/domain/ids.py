"""Identifiers: what they are made of and where they are checked."""

import hashlib
import re
import secrets
import uuid
from collections.abc import Collection
from typing import Final, NewType

from tympan_hub.domain.errors import BadInput

TenantId = NewType("TenantId", str)
"""A tenant, such as ``acme``."""

PersonId = NewType("PersonId", str)
"""A person, 32 hex digits."""

AgentId = NewType("AgentId", str)
"""An agent, 32 hex digits; the common name of its certificate."""

PrinterId = NewType("PrinterId", str)
"""A printer's name in URIs, such as ``front-desk``; unique in its tenant."""

DeviceId = NewType("DeviceId", str)
"""A device found in a network or entered by hand, 32 hex digits."""

SignInId = NewType("SignInId", str)
"""A person's sign-in at an agent, 32 hex digits."""

GroupId = NewType("GroupId", str)
"""A group, such as ``front-desk``; unique in its tenant."""

ProviderId = NewType("ProviderId", str)
"""An OpenID provider, such as ``contoso``; unique in its tenant."""

InvitationId = NewType("InvitationId", str)
"""An invitation, 32 hex digits."""

JobId = NewType("JobId", uuid.UUID)
"""A job's ``job-uuid``."""

CapabilityKey = NewType("CapabilityKey", str)
"""What policy switches: a dotted key such as ``discovery.bonjour``."""

CommandId = NewType("CommandId", uuid.UUID)
"""A command."""

ProcessId = NewType("ProcessId", str)
"""A process that serves, 32 hex digits; another one each time it starts."""

ApiTokenId = NewType("ApiTokenId", str)
"""A token of the API, 32 hex digits."""

UploadId = NewType("UploadId", str)
"""An upload, 32 hex digits."""

ScanId = NewType("ScanId", str)
"""A scan of ranges of addresses, 32 hex digits."""

ScanPartId = NewType("ScanPartId", uuid.UUID)
"""What one agent does of a scan; agents know a part by it."""

ReleaseId = NewType("ReleaseId", uuid.UUID)
"""An order to print a held job at a device; agents know it by it."""

BatchId = NewType("BatchId", str)
"""Releases that were asked for at once, 32 hex digits."""

StationId = NewType("StationId", str)
"""A trusted station that releases for those it knows, 32 hex digits."""

GrantId = NewType("GrantId", uuid.UUID)
"""A grant to release one job while the hub is away."""

CrossingId = NewType("CrossingId", uuid.UUID)
"""A job's way through the hub; agents know it by it."""

MailAddressId = NewType("MailAddressId", uuid.UUID)
"""An address to which a person sends what shall be printed."""

ShareId = NewType("ShareId", str)
"""A share, as a UUID with hyphens; made by its agent."""

WebhookId = NewType("WebhookId", str)
"""A webhook, 32 hex digits."""

DeliveryId = NewType("DeliveryId", str)
"""One happening on its way to one webhook, 32 hex digits."""

TokenHash = NewType("TokenHash", str)
"""SHA-256 of a secret that was given away, hex: what is kept in its place."""

SERVICE: Final = TenantId("-service")
"""Where what belongs to the service owner is kept. No tenant's id begins with ``-``."""

_WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_ID = re.compile(r"[0-9a-f]{32}")
_CAPABILITY = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*){1,4}")


def is_word(text: str) -> bool:
    """Whether a text can be the id of a tenant, group or printer: lower-case letters, digits and ``-``, at most 63."""
    return _WORD.fullmatch(text) is not None


def word_from(name: str, taken: Collection[str], *, otherwise: str) -> str:
    """Makes an id from a name that is not taken: ``Front Desk`` becomes ``front-desk``."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:56].strip("-") or otherwise
    candidate, number = stem, 1
    while candidate in taken:
        number += 1
        candidate = f"{stem}-{number}"
    return candidate


def capability_key(text: str) -> CapabilityKey:
    """A text as capability key, or ``BadInput``."""
    if len(text) > 100 or not _CAPABILITY.fullmatch(text):
        cause = f"{text!r:.120} is no capability key"
        raise BadInput(cause, next_step="Give 2 to 5 lower-case words joined by '.', such as discovery.bonjour.")
    return CapabilityKey(text)


def is_id(text: str) -> bool:
    """Whether a text can be one of `new_id`."""
    return _ID.fullmatch(text) is not None


def new_id() -> str:
    """32 hex digits that nobody has had."""
    return uuid.uuid4().hex


def new_secret() -> str:
    """A secret to give away: 32 random bytes as text."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> TokenHash:
    """What is kept in place of a secret: it has 256 bits of chance, so a plain hash cannot be turned round."""
    return TokenHash(hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest())
