"""Addresses of webhooks: in the internet, never in private networks."""

from __future__ import annotations

import ipaddress

import pytest
from api_rig import Endpoint, hook
from hub_rig import Bench

from tympan_hub.adapters.postman import HttpsPostman
from tympan_hub.domain.addresses import is_public
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.people import Person

pytestmark = pytest.mark.anyio
PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.0.192",
    "192.88.99.1",
    "3fff::1",
    "3fff:fff::1",
    "::ffff:192.0.0.192",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_private_networks_are_known(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_of_the_internet_are_known(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]"])
async def test_nothing_is_posted_into_a_private_network(listener: Endpoint, host: str) -> None:
    answer = await HttpsPostman().post(f"http://{host}:{listener.port}/", {}, b"{}")
    assert answer.status is None
    assert not listener.got
    assert answer.detail == "refused: the address leads into a private network"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://x.example/",
        "http://x.example/",
        "http://10.0.0.1/",
        "https://",
        "https://user:word@x.example/",
        "https://x.example:0/",
        "https://x.example:99999/",
        "https://x.example/#there",
        "https://x.example/ there",
        "https://x.example/\r\nx: y",
        "https://xä.example/",
        "https://[::1/",
        "https://x.example/" + "x" * 1100,
    ],
)
async def test_what_is_no_address_for_a_webhook_is_refused(hub: Bench, admin: Person, url: str) -> None:
    with pytest.raises(BadInput):
        await hook(hub, admin, url)
