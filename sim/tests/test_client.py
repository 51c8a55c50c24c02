"""The project's own IPP client against faulty printers: each fault arrives as an error that names its kind."""

from typing import Any

import pytest

from tympan_net.ipp_client import HttpStatusError, IppClient, IppStatusError, NetError, PeerMisbehaved, Unreachable

pytestmark = pytest.mark.anyio

PDF = b"%PDF-1.4 /Type /Page "


@pytest.mark.parametrize(
    ("fault", "error", "printed"),
    [
        ("garbage*1", PeerMisbehaved, 0),
        ("garbage:truncated*1", PeerMisbehaved, 1),
        ("garbage:request-id*1", PeerMisbehaved, 1),
        ("garbage:http-500*1", HttpStatusError, 0),
        ("offline", Unreachable, 0),
        ("drop:5", Unreachable, 0),
        ("drop-answer", Unreachable, 1),
        ("busy", IppStatusError, 0),
    ],
)
async def test_each_fault_is_an_error_and_prints_what_it_says(
    printers: Any, fault: str, error: type[NetError], printed: int
) -> None:
    async with printers() as site, IppClient(site[0].uri, user="ada") as client:
        site[0].order(fault)
        with pytest.raises(error):
            await client.print_job(PDF, "application/pdf")
        site[0].clear()
        await client.print_job(PDF, "application/pdf")
        records = await site[0].until_printed(printed + 1)
        assert len(records) == printed + 1
        assert [record.user for record in records] == ["ada"] * (printed + 1)
