"""Parcels: a job as it leaves for other agents. Its sealed bytes go as they rest here; its key goes in one envelope for
each agent that may print it, and to nobody else.
"""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from uuid import UUID

import trio

from tympan.plugin import Job, PrinterId, SharedDocument
from tympan_relay._limits import READ_BYTES
from tympan_wire.hub import HeldNote, MirrorEnvelope, Reader, encode
from tympan_wire.sealed import SealedError, seal_note, wrap_for


def note_of(job: Job, key: bytes, printer: PrinterId | None = None) -> str:
    """What belongs to a job beside its document, sealed with the document's key, base64.

    Args:
        job: The job.
        key: Its document's.
        printer: Where it shall come out; None for the printer it is held under.
    """
    note = HeldNote(
        name=job.name,
        user=job.user,
        printer=printer or job.printer,
        media_type=job.media_type,
        ticket=_text(job.ticket),
        size_bytes=job.size_bytes,
    )
    return _text(seal_note(key, encode(note), document=job.uuid))


def envelopes_for(
    key: bytes, readers: Iterable[Reader], *, document: UUID, context: bytes
) -> tuple[MirrorEnvelope, ...]:
    """A document's key for each of some agents; one whose key is none is left out.

    Args:
        key: Of the document.
        readers: Whom it is for; their keys are to be trusted.
        document: Which.
        context: What the envelopes are bound to.
    """
    return tuple(_envelopes(key, readers, document, context))


def _envelopes(key: bytes, readers: Iterable[Reader], document: UUID, context: bytes) -> Iterator[MirrorEnvelope]:
    for reader in readers:
        with contextlib.suppress(SealedError, ValueError):
            public = base64.b64decode(reader.recipient, validate=True)
            locked = wrap_for(key, public, document=document, context=context)
            yield MirrorEnvelope(agent=reader.agent, envelope=_text(locked))


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


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _read(path: Path, at: int) -> bytes:
    with path.open("rb") as file:
        file.seek(at, os.SEEK_SET)
        return file.read(READ_BYTES)
