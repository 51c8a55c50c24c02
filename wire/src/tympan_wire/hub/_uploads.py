"""How an agent uploads a body that is larger than a message: in parts, resumed after any cut, each part checksummed.

- An upload is named by its agent; beginning the same one again tells how it stands. Parts come in any order and may be
  repeated; each is a POST of its bytes to `part_path`, with their SHA-256 in `DIGEST_HEADER`.
- The whole is proved by one checksum over the checksums of its parts, in their order (`digest_of`): the hub need not
  read gigabytes again to say that it has them.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from typing import Final

from attrs import frozen

DIGEST_HEADER: Final = "Content-Digest"
"""RFC 9530: the checksum of a part travels in the header's ``sha-256`` member."""

UPLOADS_PATH: Final = "/agent/v1/uploads/"
"""Below it lie the parts."""

STORE_HEADER: Final = "Tympan-Store"
"""Of a request for a range: with ``1`` its sender can fetch it from the hub's store itself.

Of the answer, a redirect (307): which bytes of what lies at ``Location`` are the range, as a Range header says it;
``Content-Range`` says which of the document they are. The address is good for a short time, and needs no token.
"""

_OPENS: Final = "sha-256=:"
_SHA256_OCTETS: Final = 32


@frozen(kw_only=True)
class UploadRequest:
    """Begins an upload, or finds the one that was begun under this name.

    Attributes:
        name: What it is, in the agent's words, such as ``job/<uuid>``; one body has one name.
        size: Its bytes.
        part_bytes: The size of each part but the last, which may have less.
        user: The account of the operating system whose body it is.
    """

    name: str
    size: int
    part_bytes: int
    user: str


@frozen(kw_only=True)
class UploadQuestion:
    """How does an upload stand?"""

    upload: str


@frozen(kw_only=True)
class PartHeld:
    """A part that the hub has.

    Attributes:
        number: From 0.
        sha256: Of its bytes, hex.
    """

    number: int
    sha256: str


@frozen(kw_only=True)
class UploadStanding:
    """How an upload stands.

    Attributes:
        upload: Its id at the hub, by which others may be told of it.
        size: Its bytes.
        part_bytes: The size of its parts; that of the first request counts.
        parts: Those that the hub has, by number.
        finished: Whether all of it is there, proved.
    """

    upload: str
    size: int
    part_bytes: int
    parts: tuple[PartHeld, ...] = ()
    finished: bool = False


@frozen(kw_only=True)
class UploadFinish:
    """All parts are sent.

    Attributes:
        upload: Its id.
        digest: `digest_of` its parts.
    """

    upload: str
    digest: str


@frozen(kw_only=True)
class UploadAbandon:
    """Nobody wants the upload any more; one that is gone already is fine."""

    upload: str


def digest_of(parts: Iterable[str]) -> str:
    """SHA-256 over the SHA-256 of each part in order, as octets; in hex, as those of the parts are given."""
    return hashlib.sha256(b"".join(bytes.fromhex(part) for part in parts)).hexdigest()


def part_path(upload: str, number: int) -> str:
    """Where a part is sent."""
    return f"{UPLOADS_PATH}{upload}/{number}"


def digest_header(sha256: str) -> str:
    """The header's value for a checksum in hex."""
    return f"{_OPENS}{base64.b64encode(bytes.fromhex(sha256)).decode()}:"


def digest_in(header: str) -> str | None:
    """The checksum (hex) in a header's value; None when there is none."""
    for member in header.split(","):
        said = member.strip()
        if said.startswith(_OPENS) and said.endswith(":"):
            try:
                octets = base64.b64decode(said[len(_OPENS) : -1], validate=True)
            except (binascii.Error, ValueError):
                return None
            return octets.hex() if len(octets) == _SHA256_OCTETS else None
    return None
