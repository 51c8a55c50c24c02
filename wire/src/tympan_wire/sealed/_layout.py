"""The byte layout of a sealed document: its header, its frames, its sizes.

- header (80 bytes) | chunk | chunk | … | last chunk
- chunk = frame (8 bytes) | ciphertext (0..65536 bytes) | tag (16 bytes)
- Every chunk but the last carries exactly `CHUNK_BYTES` of plaintext; the last carries 1 to `CHUNK_BYTES`,
  and 0 only when the whole document is empty. So one document has one sealed size, and the other way round.
- A frame says which chunk follows and how long it is. Without it a cut inside the last chunk would look like a
  changed one, and a misplaced chunk like a changed one.
"""

import struct
from typing import Final, Self
from uuid import UUID

from attrs import frozen

from tympan_wire.sealed._errors import NotSealed, Reordered, Tampered, Truncated, UnsupportedVersion

MAGIC: Final = b"TYMPSEAL"
VERSION: Final = 1
KEY_BYTES: Final = 32
"""AES-256, one random key a document."""
CHUNK_BYTES: Final = 65536
"""Plaintext of a full chunk: what is verified before any of it is released."""
TAG_BYTES: Final = 16
FRAME_BYTES: Final = 8
OVERHEAD_BYTES: Final = FRAME_BYTES + TAG_BYTES
"""What sealing adds to each chunk."""
SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + OVERHEAD_BYTES
SALT_BYTES: Final = 16
COMMITMENT_BYTES: Final = 32
MAX_CHUNKS: Final = 2**32
"""The frame's counter has 32 bits: 256 TiB a document."""

_PREFIX = struct.Struct(">8sB3xI16s16s")
_FRAME = struct.Struct(">II")
_LAST = 0x8000_0000

PREFIX_BYTES: Final = _PREFIX.size
HEADER_BYTES: Final = PREFIX_BYTES + COMMITMENT_BYTES


@frozen(kw_only=True)
class Header:
    """The first 80 bytes of a sealed document.

    Attributes:
        document: The document's UUID, bound to every chunk.
        salt: 16 random bytes, so that one key used twice by mistake still gives two keystreams.
        commitment: 32 bytes derived from the key alone, by which a wrong key is told from a changed document.
    """

    document: UUID
    salt: bytes
    commitment: bytes

    @property
    def prefix(self) -> bytes:
        """The 48 bytes before the commitment."""
        return _PREFIX.pack(MAGIC, VERSION, CHUNK_BYTES, self.document.bytes, self.salt)

    def encode(self) -> bytes:
        """The header as it is written."""
        return self.prefix + self.commitment

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a header.

        Args:
            data: The document's first bytes; anything after `HEADER_BYTES` is ignored.

        Raises:
            SealedError: `NotSealed`, `Truncated` or `UnsupportedVersion`.
        """
        if not MAGIC.startswith(data[: len(MAGIC)]):
            raise NotSealed("the document does not begin with the magic of a sealed document")
        if len(data) < HEADER_BYTES:
            raise Truncated(f"the header ends after {len(data)} of {HEADER_BYTES} bytes")
        _, version, chunk_bytes, document, salt = _PREFIX.unpack_from(data)
        if version != VERSION or any(data[9:12]) or chunk_bytes != CHUNK_BYTES:
            raise UnsupportedVersion(f"version {version} with {chunk_bytes} byte chunks is not known here")
        return cls(document=UUID(bytes=document), salt=salt, commitment=data[PREFIX_BYTES:HEADER_BYTES])


def encode_frame(index: int, size: int, *, last: bool) -> bytes:
    """The 8 bytes before a chunk's ciphertext: its index, the last flag, its plaintext size."""
    return _FRAME.pack(index, size | _LAST if last else size)


def decode_frame(data: bytes | bytearray | memoryview, index: int, at: int = 0) -> tuple[int, bool]:
    """Read the frame at offset `at`, expecting chunk `index`; gives its plaintext size and the last flag.

    Raises:
        Reordered: The frame is one of another position.
        Tampered: No sealer writes such a frame.
    """
    found, word = _FRAME.unpack_from(data, at)
    last, size = bool(word & _LAST), word & ~_LAST
    if size > CHUNK_BYTES or (size < CHUNK_BYTES and not last) or (size == 0 and found):
        raise Tampered(f"the frame of chunk {index} is not one a sealer writes")
    if found != index:
        raise Reordered(f"chunk {found} stands in the place of chunk {index}")
    return size, last


def chunk_count(plain: int) -> int:
    """How many chunks a document of `plain` bytes has: at least one."""
    return max(1, -(-plain // CHUNK_BYTES))


def sealed_size(plain: int) -> int:
    """The size in bytes of a sealed document holding `plain` bytes."""
    if not 0 <= plain <= MAX_CHUNKS * CHUNK_BYTES:
        raise ValueError(f"a document cannot have {plain} bytes")
    return HEADER_BYTES + plain + chunk_count(plain) * OVERHEAD_BYTES


def plain_size(sealed: int) -> int:
    """The size in bytes of the document inside a sealed one of `sealed` bytes.

    Raises:
        Truncated: No sealed document has this size, so bytes are missing (or foreign ones were added).
    """
    body = sealed - HEADER_BYTES
    full, rest = divmod(body, SEALED_CHUNK_BYTES)
    if body < OVERHEAD_BYTES or 0 < rest < OVERHEAD_BYTES or (full and rest == OVERHEAD_BYTES):
        raise Truncated(f"no sealed document has {sealed} bytes")
    return full * CHUNK_BYTES + max(0, rest - OVERHEAD_BYTES)
