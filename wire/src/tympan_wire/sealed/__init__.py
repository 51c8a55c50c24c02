"""Sealed documents: the one encrypted form in which a document rests and travels (docs/formats/sealed.md)."""

from tympan_wire.sealed._cipher import new_key, open_chunk
from tympan_wire.sealed._envelope import unwrap_local, unwrap_with, wrap_for, wrap_local
from tympan_wire.sealed._errors import (
    DamagedDocument,
    EnvelopeError,
    EnvelopeRefused,
    NotSealed,
    Reordered,
    SealedError,
    Tampered,
    TrailingData,
    Truncated,
    UnsupportedSuite,
    UnsupportedVersion,
    WrongDocument,
    WrongKey,
)
from tympan_wire.sealed._layout import (
    CHUNK_BYTES,
    FRAME_BYTES,
    HEADER_BYTES,
    KEY_BYTES,
    SEALED_CHUNK_BYTES,
    TAG_BYTES,
    Header,
    plain_size,
    sealed_size,
)
from tympan_wire.sealed._note import NOTE_BYTES, NOTE_OVERHEAD_BYTES, open_note, seal_note
from tympan_wire.sealed._opener import Opener
from tympan_wire.sealed._reader import RandomReader
from tympan_wire.sealed._recipient import Recipient, Suite, best_suite, key_id
from tympan_wire.sealed._sealer import Sealer

__all__ = [
    "CHUNK_BYTES",
    "FRAME_BYTES",
    "HEADER_BYTES",
    "KEY_BYTES",
    "NOTE_BYTES",
    "NOTE_OVERHEAD_BYTES",
    "SEALED_CHUNK_BYTES",
    "TAG_BYTES",
    "DamagedDocument",
    "EnvelopeError",
    "EnvelopeRefused",
    "Header",
    "NotSealed",
    "Opener",
    "RandomReader",
    "Recipient",
    "Reordered",
    "SealedError",
    "Sealer",
    "Suite",
    "Tampered",
    "TrailingData",
    "Truncated",
    "UnsupportedSuite",
    "UnsupportedVersion",
    "WrongDocument",
    "WrongKey",
    "best_suite",
    "key_id",
    "new_key",
    "open_chunk",
    "open_note",
    "plain_size",
    "seal_note",
    "sealed_size",
    "unwrap_local",
    "unwrap_with",
    "wrap_for",
    "wrap_local",
]
