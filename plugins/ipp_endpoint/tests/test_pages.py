"""The links a printer gives out lead somewhere."""

import io

import pytest
from PIL import Image

from tympan_wire.ipp import GroupTag, Operation


@pytest.mark.anyio
async def test_the_links_lead_somewhere(counter):
    group = (await counter.ask(Operation.GET_PRINTER_ATTRIBUTES)).first(GroupTag.PRINTER)
    for name, kind in (("printer-more-info", "text/plain"), ("printer-icons", "image/png")):
        path = group.string(name).removeprefix("http://localhost:39149")
        response = await counter.get(path)
        assert response.status == 200 and dict(response.headers)["content-type"].startswith(kind)
    with Image.open(io.BytesIO(response.body)) as picture:
        picture.load()
        assert picture.size == (64, 64)


@pytest.mark.anyio
async def test_the_page_says_how_the_printer_stands(counter):
    text = (await counter.get("/ipp/print/front-desk")).body.decode()
    assert "Front Desk" in text and "Lobby" in text and "connecting-to-device" in text
    assert (await counter.get("/ipp/print/elsewhere")).status == 404
