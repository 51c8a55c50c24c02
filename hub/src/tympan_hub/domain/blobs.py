"""Names of blobs, and what may be asked of them.

- A name is made here from ids that are made here; it is checked whenever one is made, so no trick with paths ("..",
  a slash, a NUL, another tenant) ever comes as far as a store.
- A blob is written once, whole, and never changed: what is there is what its checksum says.
"""

import hashlib
import re
from enum import StrEnum
from typing import Final

from attrs import field, frozen
from attrs.validators import instance_of

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import SERVICE, TenantId, is_id, is_word
from tympan_hub.domain.limits.uploads import BLOB_BYTES

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Kind(StrEnum):
    """What blobs are kept for."""

    UPLOADS = "uploads"
    CHECKS = "checks"


_KINDS: Final = frozenset(kind.value for kind in Kind)


def _id(_: object, attribute: object, value: str) -> None:
    if not is_id(value):
        raise BadInput(f"{value!r:.80} is no id of a blob: it has 32 hex digits")


@frozen(kw_only=True)
class Shelf:
    """Blobs that belong together, such as the parts of one upload.

    Attributes:
        kind: What they are kept for.
        holder: The id of what they belong to, 32 hex digits.
    """

    kind: Kind = field(validator=instance_of(Kind))
    holder: str = field(validator=[instance_of(str), _id])

    @property
    def path(self) -> str:
        """Below a tenant's own."""
        return f"{self.kind.value}/{self.holder}"


@frozen(kw_only=True)
class BlobName:
    """The name of one blob of a tenant.

    Attributes:
        shelf: Where it belongs.
        piece: Its own id, 32 hex digits.
    """

    shelf: Shelf = field(validator=instance_of(Shelf))
    piece: str = field(validator=[instance_of(str), _id])

    @property
    def path(self) -> str:
        """Below a tenant's own."""
        return f"{self.shelf.path}/{self.piece}"

    @classmethod
    def read(cls, path: str) -> "BlobName":
        """The name that a path spells; raises ``BadInput`` for one that is none of ours."""
        match path.split("/"):
            case [kind, holder, piece] if kind in _KINDS:
                return cls(shelf=Shelf(kind=Kind(kind), holder=holder), piece=piece)
        raise BadInput(f"{path!r:.120} is no name of a blob")


@frozen(kw_only=True)
class BlobSeen:
    """A blob as its store tells of it."""

    name: BlobName
    size: int


def tenant_path(tenant: TenantId) -> str:
    """Where all blobs of a tenant lie; raises ``BadInput`` for what is no tenant's id."""
    if tenant != SERVICE and not is_word(tenant):
        raise BadInput(f"{tenant!r:.80} is no tenant's id")
    return tenant


def check_content(content: bytes, sha256: str) -> None:
    """Raises ``BadInput`` for bytes that are too many, or are not those that their checksum was made of."""
    if len(content) > BLOB_BYTES:
        raise BadInput(f"a blob has at most {BLOB_BYTES} bytes", next_step="Send it in parts.")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BadInput("the bytes are not those that the checksum was made of", next_step="Send them again.")


def is_sha256(text: str) -> bool:
    """Whether a text is a SHA-256 in lower-case hex."""
    return _SHA256.fullmatch(text) is not None


def check_range(start: int, size: int) -> None:
    """Raises ``BadInput`` for a range of bytes that is none."""
    if start < 0 or size < 0:
        raise BadInput("a range of bytes begins at 0 or later, and has 0 bytes or more")
