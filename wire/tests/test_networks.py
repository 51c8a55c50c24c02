"""Networks near by: each address is in the networks of the RFC that set it aside, up to their edges."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from tympan_wire.networks import INSIDE, LINK_LOCAL, LOOPBACK, PRIVATE, is_in


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("10.255.255.255", "11.0.0.0"),
        ("172.31.255.255", "172.32.0.0"),
        ("172.16.0.0", "172.15.255.255"),
        ("192.168.255.255", "192.169.0.0"),
        ("100.127.255.255", "100.128.0.0"),
        ("100.64.0.0", "100.63.255.255"),
        ("fdff:ffff::1", "fe00::1"),
    ],
)
def test_private_networks_end_where_their_rfcs_say(inside: str, outside: str) -> None:
    assert is_in(ip_address(inside), PRIVATE)
    assert not is_in(ip_address(outside), INSIDE)


@pytest.mark.parametrize("address", ["169.254.1.1", "fe80::1", "febf::1"])
def test_link_local_is_inside_and_not_private(address: str) -> None:
    assert is_in(ip_address(address), LINK_LOCAL)
    assert is_in(ip_address(address), INSIDE)
    assert not is_in(ip_address(address), PRIVATE)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.255.255", "::1"])
def test_the_computer_itself_is_inside_and_not_private(address: str) -> None:
    assert is_in(ip_address(address), LOOPBACK)
    assert not is_in(ip_address(address), PRIVATE)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:db8::1", "::ffff:10.0.0.1", "0.0.0.0", "224.0.0.1"])
def test_other_addresses_are_not_inside(address: str) -> None:
    assert not is_in(ip_address(address), INSIDE)
