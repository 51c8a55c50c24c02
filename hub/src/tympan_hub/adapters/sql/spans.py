"""Addresses as text that databases compare: the version, then 32 hex digits."""

from ipaddress import ip_network

from tympan_hub.domain.ranges import Span, between


def key_of(version: int, number: int) -> str:
    """An address as a column holds it."""
    return f"{version}{number:032x}"


def ends_of(network: str) -> tuple[str, str]:
    """First and last address of a network."""
    known = ip_network(network)
    return key_of(known.version, int(known[0])), key_of(known.version, int(known[-1]))


def span_from(first: str, last: str) -> Span:
    """The span of two columns."""
    return between(int(first[0]), int(first[1:], 16), int(last[1:], 16))
