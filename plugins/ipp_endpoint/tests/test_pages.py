"""The links a printer gives out lead somewhere."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tympan_wire.ipp import GroupTag, Operation

if TYPE_CHECKING:
    from plugins.ipp_endpoint.tests.conftest import Counter


@pytest.mark.anyio
async def test_the_links_lead_somewhere(counter: Counter) -> None:
    group = (await counter.ask(Operation.GET_PRINTER_ATTRIBUTES)).first(GroupTag.PRINTER)
    for name, kind in (("printer-more-info", "text/plain"), ("printer-icons", "image/png")):
        link = group.string(name)
        assert link is not None
        response = await counter.get(link.removeprefix("http://localhost:39149"))
        assert response.status == 200 and dict(response.headers)["content-type"].startswith(kind)
    assert isinstance(response.body, bytes)
    with Image.open(io.BytesIO(response.body)) as picture:
        picture.load()
        assert picture.size == (64, 64)


@pytest.mark.anyio
async def test_the_page_says_how_the_printer_stands(counter: Counter) -> None:
    body = (await counter.get("/ipp/print/front-desk")).body
    assert isinstance(body, bytes)
    text = body.decode()
    assert "Front Desk" in text and "Lobby" in text and "connecting-to-device" in text
    assert (await counter.get("/ipp/print/elsewhere")).status == 404
