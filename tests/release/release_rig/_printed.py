"""Printing into a pull queue as the spoolers of several accounts would."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import trio
from pypdfium2 import PdfDocument
from rig import Agent

from release_rig._furnish import PULL
from tympan_net.ipp_client import IppClient
from tympan_wire.ipp import Attribute, attr

DOCUMENTS = Path(__file__).parents[2] / "documents"
LETTER = DOCUMENTS / "01-a4-1p-gray.pdf"
BOOK = DOCUMENTS / "02-a4-100p-10color.pdf"
MARKER = b"nobody but its owner reads this line of the document. "


def marked_document(path: Path) -> Path:
    """A document too large for a database, in which a line stands that is found wherever it lies in clear."""
    path.write_bytes(LETTER.read_bytes() + b"\n%" + MARKER * 30_000)
    return path


def plain_document(path: Path, pages: int) -> Path:
    """A document of so many empty pages of A4."""
    with PdfDocument.new() as made:
        for _ in range(pages):
            made.new_page(595, 842)
        made.save(path)
    return path


async def send(ours: Agent, user: str, *titles: str, document: Path = LETTER, job: Sequence[Attribute] = ()) -> None:
    """Prints under each title; returns when the agent has taken all, which is when they are durable."""
    body = await trio.Path(document).read_bytes()
    async with IppClient(f"ipp://localhost:{ours.port}/ipp/print/{PULL}", user=user) as client:
        for title in titles:
            await client.print_job(body, "application/pdf", [attr.name_("job-name", title)], job)
