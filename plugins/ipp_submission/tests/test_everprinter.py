"""Against Debian's own IPP printer: one page, a hundred pages, and the ticket."""

from __future__ import annotations

from pathlib import Path

import pytest
from submission_bench import bench, pdf, ticket
from submission_everprinter import ever_printer

from tympan.plugin import Completed
from tympan_net.ipp_client import IppClient
from tympan_wire.ipp import attr

pytestmark = [pytest.mark.anyio, pytest.mark.system]


@pytest.mark.parametrize("name", ["01-a4-1p-gray.pdf", "02-a4-100p-10color.pdf"])
async def test_a_document_and_its_ticket_arrive_whole(tmp_path: Path, name: str) -> None:
    order = ticket(attr.keyword("sides", "two-sided-long-edge"), attr.keyword("print-color-mode", "monochrome"))
    async with ever_printer(tmp_path) as printer, bench(printer.uri, watch=False) as parts:
        delivery = parts.delivery(pdf(name), ticket=order)
        assert isinstance(await parts.deliver(delivery, within_s=90), Completed)
        assert [path.read_bytes() for path in printer.received()] == [pdf(name)]
        assert len(parts.printer.fingerprint) == 64, "it offers IPPS, so its certificate is pinned"
        async with IppClient(printer.uri, user="ada") as client:
            job = await client.get_job_attributes(1)
        assert job.string("sides") == "two-sided-long-edge" and job.string("print-color-mode") == "monochrome"
        assert (job.string("job-name"), job.string("job-originating-user-name")) == ("letter", "ada")
