"""What a scan goes over: addresses of ranges, then host names, less what is excluded. Pure.

- Ranges are kept as spans of numbers, merged and cut, so a /8 costs no more than an address.
- Exclusions win, whatever the order; so a printer in two ranges is asked once.
- What no device can have is refused with the reason: multicast, broadcast, unspecified, reserved; loopback too, unless
  it is allowed.
- Of a CIDR network, its own address and its broadcast address are left out.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
import socket
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

import attrs

from tympan_discovery_ippscan._errors import BadTarget
from tympan_discovery_ippscan._limits import ADDRESSES, ENTRIES, ENTRY_CHARS, SPAN6_ADDRESSES
from tympan_wire.networks import INSIDE, LOOPBACK, is_in

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAME: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")
_DASH: Final = re.compile(r"\s*(?:-|–|\bto\b)\s*")
_SMALLER: Final = "Give the addresses themselves, or a range of at most 65,536 (a /112)."
_FORMS: Final = "Write it as 10.1.2.0/24, 10.1.2.3-10.1.2.40, one address, or a host name."


@attrs.frozen(kw_only=True, order=True)
class Span:
    """Addresses that follow each other, first to last."""

    version: int
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many."""
        return self.last - self.first + 1


@attrs.frozen(kw_only=True)
class Ranges:
    """What a scan goes over, in a fixed order; made by ``ranges``.

    Attributes:
        spans: Addresses, in order, none twice.
        names: Host names, after them.
        excluded: Spans that stay left out when a name leads there.
        excluded_names: Names whose addresses stay left out.
    """

    spans: tuple[Span, ...]
    names: tuple[str, ...] = ()
    excluded: tuple[Span, ...] = ()
    excluded_names: tuple[str, ...] = ()
    _starts: tuple[int, ...] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        starts = itertools.accumulate((span.count for span in self.spans), initial=0)
        object.__setattr__(self, "_starts", tuple(starts))

    @cached_property
    def inside(self) -> bool:
        """Whether all addresses are in private space; where names lead is not known."""
        return all(any(_within(span, network) for network in INSIDE) for span in self.spans)

    @property
    def count(self) -> int:
        """How many addresses and names."""
        return self._starts[-1] + len(self.names)

    def at(self, place: int) -> str:
        """The address or name at a place, counted from 0."""
        if place >= self._starts[-1]:
            return self.names[place - self._starts[-1]]
        number = bisect_right(self._starts, place) - 1
        span = self.spans[number]
        return _text(span.version, span.first + place - self._starts[number])

    def is_name(self, place: int) -> bool:
        """Whether a name stands at a place."""
        return place >= self._starts[-1]

    def excludes(self, address: str) -> bool:
        """Whether an address a name led to is left out."""
        found = ipaddress.ip_address(address.partition("%")[0])
        return any(span.version == found.version and span.first <= int(found) <= span.last for span in self.excluded)


def ranges(targets: Sequence[str], excluded: Sequence[str] = (), *, loopback: bool = False) -> Ranges:
    """What an order goes over.

    Args:
        targets: CIDR networks, ranges from-to, addresses, host names.
        excluded: The same, left out.
        loopback: Whether this machine itself may be scanned.

    Raises:
        BadTarget: One is none of these, or is not scanned, or they are too many.
    """
    wanted, names = _read(targets, small=True)
    without, nameless = _read(excluded, small=False)
    for target, span in wanted:
        _refuse_unfit(target, span, loopback=loopback)
    merged = _less(_merged(span for _, span in wanted), _merged(span for _, span in without))
    gone = {name.lower().rstrip(".") for name in nameless}
    kept = tuple(dict.fromkeys(name for name in names if name.lower().rstrip(".") not in gone))
    found = Ranges(
        spans=merged,
        names=kept,
        excluded=tuple(span for _, span in without),
        excluded_names=tuple(dict.fromkeys(nameless)),
    )
    if found.count > ADDRESSES:
        cause = f"the scan would have {found.count:,} addresses, and {ADDRESSES:,} are the most"
        raise BadTarget(targets[0], cause, next_step="Order it in parts.")
    return found


def fit(address: str, *, loopback: bool) -> bool:
    """Whether an address a name led to is scanned at all."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return not _unfit(found) and (loopback or not found.is_loopback)


def private(address: str) -> bool:
    """Whether an address is known to be in private space."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return is_in(found, INSIDE)


def _within(span: Span, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    same = span.version == network.version
    return same and int(network[0]) <= span.first and span.last <= int(network[-1])


def _read(entries: Sequence[str], *, small: bool) -> tuple[list[tuple[str, Span]], list[str]]:
    if len(entries) > ENTRIES:
        cause = f"there are {len(entries):,} entries, and {ENTRIES:,} are the most"
        raise BadTarget(entries[0], cause, next_step="Order it in parts, or join ranges.")
    spans, names = [], []
    for entry in entries:
        read = _parse(entry.strip(), small=small)
        if isinstance(read, str):
            names.append(read)
        else:
            spans.append((entry, read))
    return spans, names


def _parse(entry: str, *, small: bool) -> Span | str:
    if not entry or len(entry) > ENTRY_CHARS:
        raise BadTarget(entry, "it is empty or too long", next_step=_FORMS)
    if "/" in entry:
        return _network(entry, small=small)
    ends = _DASH.split(entry)
    first = _literal(ends[0])
    if first is None:
        return _name(entry)
    if len(ends) == 1:
        return Span(version=first.version, first=int(first), last=int(first))
    return _from_to(entry, first, ends[1:], small=small)


def _network(entry: str, *, small: bool) -> Span:
    try:
        network = ipaddress.ip_network(entry.replace(" ", ""), strict=False)
    except ValueError as error:
        raise BadTarget(entry, "it is no network", next_step=_FORMS) from error
    first, last = int(network.network_address), int(network.broadcast_address)
    if small and network.version == 4 and network.num_addresses > 2:
        first, last = first + 1, last - 1  # RFC 3021: only a /31 and a /32 have hosts at both ends
    return _bounded(entry, Span(version=network.version, first=first, last=last), small=small)


def _from_to(entry: str, first: _Address, rest: Sequence[str], *, small: bool) -> Span:
    if len(rest) != 1:
        raise BadTarget(entry, "a range has a first and a last address", next_step=_FORMS)
    last = _literal(rest[0])
    if last is None and first.version == 4 and rest[0].isascii() and rest[0].isdecimal() and len(rest[0]) <= 3:
        last = _literal(f"{str(first).rpartition('.')[0]}.{rest[0]}")  # 10.1.2.3-40
    if last is None or last.version != first.version:
        raise BadTarget(entry, "its last address is none, or of another kind than its first", next_step=_FORMS)
    if int(last) < int(first):
        raise BadTarget(entry, "its last address comes before its first", next_step="Swap them.")
    return _bounded(entry, Span(version=first.version, first=int(first), last=int(last)), small=small)


def _bounded(entry: str, span: Span, *, small: bool) -> Span:
    if small and span.version == 6 and span.count > SPAN6_ADDRESSES:
        raise BadTarget(entry, "an IPv6 range of this size cannot be gone through", next_step=_SMALLER)
    return span


def _literal(text: str) -> _Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.scope_id is not None:
        cause = "an address with a zone means something else on every machine"
        raise BadTarget(text, cause, next_step="Give one that is not link-local.")
    return found


def _name(entry: str) -> str:
    labels = entry.rstrip(".").split(".")
    if not _NAME.fullmatch(entry) or labels[-1].isdecimal():
        raise BadTarget(entry, "it is no address, no range and no host name", next_step=_FORMS)
    return entry


def _refuse_unfit(target: str, span: Span, *, loopback: bool) -> None:
    for version, network, what in _UNFIT:
        if version == span.version and span.first <= int(network[-1]) and span.last >= int(network[0]):
            cause = f"{what} ({network}) are in it, which no device has"
            raise BadTarget(target, cause, next_step="Give a range without them.")
    for network in LOOPBACK:
        meets = network.version == span.version and span.first <= int(network[-1]) and span.last >= int(network[0])
        if meets and not loopback:
            cause = "it leads to the agent's own computer"
            raise BadTarget(target, cause, next_step="Printers of the computer itself are shared, not scanned for.")


_UNFIT: Final[tuple[tuple[int, ipaddress.IPv4Network | ipaddress.IPv6Network, str], ...]] = (
    (4, ipaddress.IPv4Network("0.0.0.0/8"), "unspecified addresses"),
    (4, ipaddress.IPv4Network("224.0.0.0/4"), "multicast addresses"),
    (4, ipaddress.IPv4Network("240.0.0.0/4"), "reserved and broadcast addresses"),
    (6, ipaddress.IPv6Network("::/128"), "the unspecified address"),
    (6, ipaddress.IPv6Network("ff00::/8"), "multicast addresses"),
    (6, ipaddress.IPv6Network("::ffff:0:0/96"), "IPv4 addresses in IPv6's clothes"),
    (6, ipaddress.IPv6Network("fe80::/10"), "link-local addresses without a zone"),
)


def _unfit(address: _Address) -> bool:
    return any(version == address.version and address in network for version, network, _ in _UNFIT)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        before = merged[-1] if merged else None
        if before and before.version == span.version and span.first <= before.last + 1:
            merged[-1] = attrs.evolve(before, last=max(before.last, span.last))
        else:
            merged.append(span)
    return merged


def _less(spans: Sequence[Span], without: Sequence[Span]) -> tuple[Span, ...]:
    """Both in order and merged; what is left, in order."""
    left: list[Span] = []
    for span in spans:
        first = span.first
        for hole in without:
            if hole.version != span.version or hole.last < first or hole.first > span.last:
                continue
            if hole.first > first:
                left.append(attrs.evolve(span, first=first, last=hole.first - 1))
            first = hole.last + 1
        if first <= span.last:
            left.append(attrs.evolve(span, first=first))
    return tuple(left)


def _text(version: int, number: int) -> str:
    return socket.inet_ntoa(number.to_bytes(4, "big")) if version == 4 else str(ipaddress.IPv6Address(number))
