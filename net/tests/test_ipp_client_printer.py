"""The IPP client against Debian's ippeveprinter."""

import gzip
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from tympan_net.ipp_client import CertificateChanged, FirstUse, IppClient, IppStatusError, Pinned, Retry
from tympan_net.tls import fetch_fingerprint
from tympan_wire.ipp import attr

pytestmark = [pytest.mark.anyio, pytest.mark.system]

NAME = (attr.name_("requesting-user-name", "ann"), attr.name_("job-name", "letter"))


async def finished(client: IppClient, job_id: int) -> int:
    with trio.fail_after(30):
        while True:
            state = (await client.get_job_attributes(job_id, "job-state")).integer("job-state")
            if state is not None and state >= 7:
                return state
            await trio.sleep(0.05)


async def test_prints_in_one_and_in_two_requests(
    ippeveprinter: Callable[..., int], tmp_path: Path, until_up: Any
) -> None:
    port = ippeveprinter("-f", "application/pdf,image/jpeg")
    async with IppClient(f"ipp://localhost:{port}/ipp/print", user="ann") as client:
        await until_up(client)
        printer = await client.get_printer_attributes()
        assert "application/pdf" in printer.strings("document-format-supported")
        await client.validate_job(NAME)
        first = await client.print_job(b"%PDF-1 one", "application/pdf", NAME)
        assert first.job_uri
        assert await finished(client, first.job_id) == 9
        second = await client.create_job(NAME, (attr.integer("copies", 2),))
        sent: list[int] = []
        document = b"%PDF-1 two" + b"x" * 1_000_000
        await client.send_document(second.job_id, document, "application/pdf", on_sent=sent.append)
        assert sent[-1] == len(document)
        assert await finished(client, second.job_id) == 9
        jobs = await client.get_jobs("completed", limit=5)
        assert {first.job_id, second.job_id} <= {job.integer("job-id") for job in jobs}
    kept = {path.read_bytes() for path in (tmp_path / "spool").rglob("*") if path.is_file()}
    assert b"%PDF-1 one" in kept
    assert document in kept


@pytest.mark.parametrize("compression", ["gzip", "deflate"])
async def test_sends_compressed(
    ippeveprinter: Callable[..., int], tmp_path: Path, compression: str, until_up: Any
) -> None:
    port = ippeveprinter("-f", "application/pdf")

    async def document() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"%PDF-1" + b"y" * 10_000

    async with IppClient(f"ipp://localhost:{port}/ipp/print", user="ann") as client:
        await until_up(client)
        job = await client.print_job(document(), "application/pdf", NAME, compression=compression)
        assert await finished(client, job.job_id) == 9
    whole = (b"%PDF-1" + b"y" * 10_000) * 64
    with trio.move_on_after(10):  # it tells the end of the job before it has closed the file
        while not any(_unpacked(data) == whole for data in _kept(tmp_path)):
            await trio.sleep(0.05)
    assert any(_unpacked(data) == whole for data in _kept(tmp_path)), [len(data) for data in _kept(tmp_path)]


def _kept(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in (folder / "spool").rglob("*") if path.is_file()]


def _unpacked(data: bytes) -> bytes:
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


async def test_a_format_not_taken_is_refused_for_good(ippeveprinter: Callable[..., int], until_up: Any) -> None:
    port = ippeveprinter("-f", "application/pdf")
    async with IppClient(f"ipp://localhost:{port}/ipp/print", user="ann") as client:
        await until_up(client)
        with pytest.raises(IppStatusError, match="document-format") as caught:
            await client.print_job(b"hello", "text/plain", NAME)
        assert caught.value.retry is Retry.NEVER
        with pytest.raises(IppStatusError) as missing:
            await client.cancel_job(4711)
        assert missing.value.status == 0x0406


async def test_ipps_is_pinned(ippeveprinter: Callable[..., int], until_up: Any) -> None:
    port = ippeveprinter("-f", "application/pdf")
    async with IppClient(f"ipp://localhost:{port}/ipp/print") as plain:
        await until_up(plain)
    seen = await fetch_fingerprint("localhost", port)
    async with IppClient(f"ipps://localhost:{port}/ipp/print", trust=Pinned(seen)) as pinned:
        assert (await pinned.get_printer_attributes("printer-state")).integer("printer-state")
    async with IppClient(f"ipps://localhost:{port}/ipp/print", trust=FirstUse()) as first:
        await first.get_printer_attributes("printer-state")
        assert first.fingerprint == seen
    async with IppClient(f"ipps://localhost:{port}/ipp/print", trust=Pinned("0" * 64)) as wrong:
        with pytest.raises(CertificateChanged) as caught:
            await wrong.get_printer_attributes()
        assert caught.value.found == seen
