"""Files of pages: packed for whoever takes that, whole for everybody else; pages with secrets in them never are."""

from __future__ import annotations

import gzip

import httpx
import pytest
from hub_rig import Bench
from portal_steps import SignIn

from tympan_hub.domain.people import Role
from tympan_hub.http.portal._pages import STATIC, asset

pytestmark = pytest.mark.anyio

SHEET, PICTURE = asset("app.css"), asset("app-192.png")
TAKEN = ("gzip", "br, gzip", "GZIP;q=1.0", "deflate, gzip;q=0.5", "gzip;q=.1")
REFUSED = ("", "identity", "br", "gzip;q=0", "gzip;q=0.000", "xgzip", "gzipped")


async def test_a_text_goes_out_packed_to_whoever_takes_that(visitor: httpx.AsyncClient) -> None:
    whole = (STATIC / "app.css").read_bytes()
    for takes in (*TAKEN, *REFUSED):
        async with visitor.stream("GET", SHEET, headers={"accept-encoding": takes}) as answer:
            octets = b"".join([part async for part in answer.aiter_raw()])
        assert answer.headers["vary"] == "Accept-Encoding"
        assert "immutable" in answer.headers["cache-control"]
        assert int(answer.headers["content-length"]) == len(octets)
        assert answer.headers.get("content-encoding") == ("gzip" if takes in TAKEN else None), takes
        assert (gzip.decompress(octets) if takes in TAKEN else octets) == whole
        assert answer.headers["content-type"].startswith("text/css")


async def test_a_part_of_a_file_and_a_picture_are_as_they_are(visitor: httpx.AsyncClient) -> None:
    for path, headers in ((SHEET, {"range": "bytes=0-9"}), (PICTURE, {})):
        answer = await visitor.get(path, headers={"accept-encoding": "gzip", **headers})
        assert "content-encoding" not in answer.headers


async def test_a_page_with_secrets_is_never_packed(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant(), Role.USER))
    for path in ("/app", "/account", "/sign-in"):
        answer = await client.get(path, headers={"accept-encoding": "gzip"})
        assert answer.status_code in (200, 303)
        assert "content-encoding" not in answer.headers
