"""Mirrored jobs as they come in: what their envelopes are bound to, and as what they are held here.

Where this agent knows the pull printer the job came under, it is one of its jobs; else it is held under the device it
comes out at, and remembered as another's, so that nobody at this machine can let it go.
"""

from __future__ import annotations

from uuid import UUID

from tympan.plugin import NewJob, Printer, PrinterId, Printers
from tympan_pull_release._terms import is_pull
from tympan_relay import Opened


def context_of(tenant: str) -> bytes:
    """What envelopes of mirrored jobs are bound to."""
    return b"tympan mirror " + tenant.encode()


def new_job(job: UUID, opened: Opened, point: Printer, printers: Printers) -> NewJob:
    """As what a job comes in that shall come out at a device."""
    note = opened.note
    known = is_pull(printers.get(PrinterId(note.printer)))
    return NewJob(
        uuid=job,
        printer=PrinterId(note.printer) if known else point.id,
        name=note.name,
        user=opened.user,
        media_type=note.media_type,
        ticket=opened.ticket,
        target=point.id,
        hold="no-hold" if known else "indefinite",
        foreign=True,
    )
