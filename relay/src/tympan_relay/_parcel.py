"""Parcels: a job as it leaves for other agents. Its sealed bytes go as they rest here; its key goes in one envelope for
each agent that may print it, and to nobody else.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import trio

from tympan.plugin import Job, SharedDocument
from tympan_relay._limits import READ_BYTES
from tympan_wire.hub import HeldNote, MirrorEnvelope, Reader, encode
from tympan_wire.sealed import seal_note, wrap_for


def note_of(job: Job, shared: SharedDocument) -> str:
    """What belongs to a job beside its document, sealed with the document's key, base64."""
    note = HeldNote(
        name=job.name,
        user=job.user,
        printer=job.printer,
        media_type=job.media_type,
        ticket=text(job.ticket),
        size_bytes=job.size_bytes,
    )
    return text(seal_note(shared.key, encode(note), document=shared.document))


def envelopes_for(shared: SharedDocument, readers: Iterable[Reader], context: bytes) -> tuple[MirrorEnvelope, ...]:
    """The document's key for each of some agents.

    Args:
        shared: The document.
        readers: Whom it is for; their keys are to be trusted.
        context: What the envelopes are bound to.

    Raises:
        SealedError: A reader's key is none.
        ValueError: It cannot be read.
    """
    return tuple(
        MirrorEnvelope(agent=reader.agent, envelope=text(locked(shared, reader, context))) for reader in readers
    )


def locked(shared: SharedDocument, reader: Reader, context: bytes) -> bytes:
    """The document's key for one agent."""
    return wrap_for(shared.key, public_of(reader), document=shared.document, context=context)


def public_of(reader: Reader) -> bytes:
    """A reader's key for envelopes; raises ``ValueError`` where it cannot be read."""
    try:
        return base64.b64decode(reader.recipient, validate=True)
    except binascii.Error as error:
        raise ValueError(f"the key of the agent {reader.agent:.80} cannot be read") from error


async def pieces(shared: SharedDocument) -> AsyncIterator[bytes]:
    """The sealed bytes as they rest."""
    if not shared.path:
        await trio.lowlevel.checkpoint()
        yield shared.inline
        return
    path, at = Path(shared.path), 0
    while piece := await trio.to_thread.run_sync(_read, path, at):
        yield piece
        at += len(piece)


def text(data: bytes) -> str:
    """Bytes as base64."""
    return base64.b64encode(data).decode()


def _read(path: Path, at: int) -> bytes:
    with path.open("rb") as file:
        file.seek(at, os.SEEK_SET)
        return file.read(READ_BYTES)
