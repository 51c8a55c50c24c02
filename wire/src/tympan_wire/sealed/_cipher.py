"""One document's chunk cipher: keys derived, one chunk sealed or opened at a time.

- content key = HKDF-Expand(key, label | header prefix): bound to the document and its salt.
- commitment  = HKDF-Expand(key, label): of the key alone, so it differs only when the key does.
- nonce = 11-byte counter | last flag (STREAM), so no two chunks of a document share one.
- The whole header is associated data of every chunk.
"""

import hmac
import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tympan_wire.sealed._errors import Tampered, TrailingData, Truncated, WrongDocument, WrongKey
from tympan_wire.sealed._layout import (
    COMMITMENT_BYTES,
    FRAME_BYTES,
    HEADER_BYTES,
    KEY_BYTES,
    OVERHEAD_BYTES,
    SALT_BYTES,
    Header,
    decode_frame,
    encode_frame,
)

_CONTENT = b"tympan sealed document v1 content\0"
_COMMITMENT = b"tympan sealed document v1 commitment\0"


def new_key() -> bytes:
    """A fresh random key; make one for each document."""
    return secrets.token_bytes(KEY_BYTES)


def _expand(key: bytes, info: bytes, size: int) -> bytes:
    return HKDFExpand(SHA256(), size, info).derive(key)


def _commitment(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a document's key has {KEY_BYTES} bytes, not {len(key)}")
    return _expand(key, _COMMITMENT, COMMITMENT_BYTES)


class ChunkCipher:
    """Seals and opens the chunks of one document, in any order."""

    def __init__(self, key: bytes, header: Header) -> None:
        self.header = header.encode()
        self._aead = AESGCM(_expand(key, _CONTENT + header.prefix, KEY_BYTES))

    @classmethod
    def create(cls, key: bytes, document: UUID, salt: bytes | None = None) -> "ChunkCipher":
        """A cipher for a new document."""
        salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
        if len(salt) != SALT_BYTES:
            raise ValueError(f"the salt has {SALT_BYTES} bytes, not {len(salt)}")
        return cls(key, Header(document=document, salt=salt, commitment=_commitment(key)))

    @classmethod
    def accept(cls, key: bytes, header: bytes, document: UUID | None = None) -> "ChunkCipher":
        """A cipher for the document that begins with `header`.

        Raises:
            SealedError: The header is not one, or belongs to another key or document.
        """
        found = Header.decode(header)
        if document is not None and found.document != document:
            raise WrongDocument(f"the header is that of {found.document}, not of {document}")
        if not hmac.compare_digest(found.commitment, _commitment(key)):
            raise WrongKey("the header commits to another key")
        return cls(key, found)

    def seal(self, index: int, plain: bytes | bytearray | memoryview, *, last: bool) -> tuple[bytes, bytes]:
        """The frame of chunk `index`, and its ciphertext with tag."""
        nonce = index.to_bytes(11, "big") + (b"\1" if last else b"\0")
        return encode_frame(index, len(plain), last=last), self._aead.encrypt(nonce, plain, self.header)

    def open(self, index: int, ciphertext: bytes | bytearray | memoryview, *, last: bool) -> bytes:
        """The plaintext of chunk `index` from its ciphertext and tag.

        Raises:
            Tampered: The chunk does not verify.
        """
        nonce = index.to_bytes(11, "big") + (b"\1" if last else b"\0")
        try:
            return self._aead.decrypt(nonce, ciphertext, self.header)
        except InvalidTag as error:
            raise Tampered(f"chunk {index} does not verify") from error

    def open_framed(self, index: int, chunk: bytes | memoryview, *, last: bool) -> bytes:
        """The plaintext of a whole chunk, frame included, that must be the last one or must not.

        Raises:
            DamagedDocument: The chunk is cut, misplaced, changed, or followed by something.
        """
        if len(chunk) < FRAME_BYTES:
            raise Truncated(f"chunk {index} ends inside its frame")
        size, is_last = decode_frame(chunk, index)
        if len(chunk) < size + OVERHEAD_BYTES:
            raise Truncated(f"chunk {index} ends after {len(chunk)} of {size + OVERHEAD_BYTES} bytes")
        plain = self.open(index, memoryview(chunk)[FRAME_BYTES : size + OVERHEAD_BYTES], last=is_last)
        if last and not is_last:
            raise Truncated(f"the document ends after chunk {index}, which is not its last")
        if len(chunk) > size + OVERHEAD_BYTES or (is_last and not last):
            raise TrailingData(f"bytes follow chunk {index}, the last")
        return plain


def open_chunk(key: bytes, header: bytes, index: int, sealed_chunk: bytes, *, last: bool) -> bytes:
    """Open one chunk of a sealed document by itself.

    Args:
        key: The document's key.
        header: The document's first `HEADER_BYTES`.
        index: Which chunk it is, from 0; it stands at `HEADER_BYTES + index * SEALED_CHUNK_BYTES`.
        sealed_chunk: The chunk, frame and tag included.
        last: Whether it is the document's last one.

    Raises:
        SealedError: The header or the chunk is not what it should be.
    """
    return ChunkCipher.accept(key, header[:HEADER_BYTES]).open_framed(index, sealed_chunk, last=last)
