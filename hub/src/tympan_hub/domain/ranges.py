"""Ranges of addresses as people write them, and as they are told to agents.

- One entry a line: an address, a network as CIDR, from–to, or a host name; ``#`` begins a remark. IPv4 and IPv6.
- Ranges are sorted and disjoint: each address counts once, however often it was written.
- Nothing is looked up: a host name stays a name, and counts as one address.
- Of a network of IPv4 its own address and its broadcast address are no devices: they are not asked, nor counted.
- What is wrong names its line.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.limits.scans import RANGES
from tympan_wire.networks import INSIDE, Address, Network

_NOBODY: Final = tuple(map(ip_network, ("0.0.0.0/8", "224.0.0.0/3", "::/128", "::ffff:0:0/96", "ff00::/8")))
"""Where no device is: "this" network, multicast, reserved, broadcast, IPv4 written as IPv6."""

_LINK: Final = (ip_network("fe80::/10"),)
"""Where an address means something else on every computer (RFC 4291); no scan reaches it."""

PIECE: Final = 1 << 16
"""The most addresses of one range of IPv6 that agents take."""

_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_DASH: Final = re.compile(r"\s*[-\N{EN DASH}]\s*")
_NAME_CHARS: Final = 200
_SHOWN_CHARS: Final = 60


class Flaw(StrEnum):
    """What is wrong with an entry."""

    UNREADABLE = "unreadable"
    NUMBERS = "numbers"
    HOST_BITS = "host-bits"
    BACKWARDS = "backwards"
    MIXED = "mixed"
    LINK_LOCAL = "link-local"
    NOBODY = "nobody"
    TOO_MANY = "too-many"


_TOLD: Final = {
    Flaw.UNREADABLE: (
        "is neither an address, a network, a range nor the name of a host",
        "Write for example 192.168.1.0/24, 192.168.1.10-192.168.1.99 or printer.example.org.",
    ),
    Flaw.NUMBERS: (
        "is no address: each of its four numbers is 0 to 255",
        "Write for example 192.168.1.20.",
    ),
    Flaw.HOST_BITS: (
        "is no network: the address before the slash is one within it",
        "Write the first address of the network before the slash, such as 192.168.1.0/24.",
    ),
    Flaw.BACKWARDS: ("ends before it begins", "Write the smaller address first."),
    Flaw.MIXED: ("goes from one kind of address to another", "Write both ends as IPv4, or both as IPv6."),
    Flaw.LINK_LOCAL: (
        "means something else on every computer",
        "Write another address of the device: not one with a zone, nor one that begins with fe80.",
    ),
    Flaw.NOBODY: ("has addresses that no device has", "Leave out multicast, broadcast and unspecified addresses."),
    Flaw.TOO_MANY: (f"is one entry more than {RANGES}", "Join neighbouring ranges, or order several scans."),
}


class BadRange(BadInput):
    """An entry that cannot be taken.

    Attributes:
        flaw: Why.
        line: Its line, from 1.
        entry: As it was written, shortened.
    """

    def __init__(self, flaw: Flaw, line: int, entry: str, *, field: str = "") -> None:
        cause, step = _TOLD[flaw]
        self.flaw, self.line, self.entry = flaw, line, entry[:_SHOWN_CHARS]
        super().__init__(f"line {line}: {self.entry!r} {cause}", next_step=step, field=field)


@frozen(kw_only=True)
class Span:
    """Addresses from one to another, both of one kind."""

    first: Address
    last: Address

    @property
    def version(self) -> int:
        """4 or 6."""
        return self.first.version

    @property
    def low(self) -> int:
        """The first one as a number."""
        return int(self.first)

    @property
    def high(self) -> int:
        """The last one as a number."""
        return int(self.last)

    @property
    def count(self) -> int:
        """How many addresses."""
        return self.high - self.low + 1

    def __str__(self) -> str:
        """As agents and people read it: an address, or from-to."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def texts(self) -> tuple[str, ...]:
        """The same in pieces that agents take."""
        if self.version == 4:
            return (str(self),)
        begins = range(self.low, self.high + 1, PIECE)
        return tuple(str(between(6, low, min(low + PIECE - 1, self.high))) for low in begins)


@frozen(kw_only=True)
class Ranges:
    """Addresses and host names.

    Attributes:
        spans: Sorted, IPv4 first, and disjoint.
        hosts: Names, in the order they were written.
    """

    spans: tuple[Span, ...] = ()
    hosts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.spans or self.hosts)

    @property
    def count(self) -> int:
        """How many addresses; a host name counts as one."""
        return sum(span.count for span in self.spans) + len(self.hosts)

    @property
    def texts(self) -> tuple[str, ...]:
        """Each entry, as `read` takes it."""
        return (*(text for span in self.spans for text in span.texts), *self.hosts)

    @property
    def outside(self) -> "Ranges":
        """What of it is not known to be private: a name may lead anywhere, and is not counted among them."""
        return without(self, Ranges(spans=_spans(INSIDE), hosts=self.hosts))

    def holds(self, address: Address) -> bool:
        """Whether an address is one of them."""
        keys = [(span.version, span.low) for span in self.spans]
        place = bisect_right(keys, (address.version, int(address))) - 1
        return place >= 0 and self.spans[place].version == address.version and int(address) <= self.spans[place].high


def read(text: str, *, field: str = "", ends: bool = False) -> Ranges:
    """Ranges as somebody wrote them.

    Args:
        text: One entry a line.
        field: Which field of a form it is, for errors.
        ends: Both ends of a network are meant too, as where it is left out; no device has them.

    Raises:
        BadRange: A line that cannot be taken.
    """
    spans: list[Span] = []
    hosts: dict[str, None] = {}
    for line, entry in _entries(text):
        if len(spans) + len(hosts) >= RANGES:
            raise BadRange(Flaw.TOO_MANY, line, entry, field=field)
        found = _read(entry, line, field, ends=ends)
        if isinstance(found, Span):
            spans.append(found)
        else:
            hosts[found] = None
    return Ranges(spans=joined(spans), hosts=tuple(hosts))


def read_all(texts: Iterable[str], *, field: str = "") -> Ranges:
    """Ranges, an entry each, as programs give them."""
    return read("\n".join(text.replace("\n", " ") for text in texts), field=field)


def ranges_of(texts: Iterable[str]) -> Ranges:
    """Ranges that were taken before, however many they came to."""
    found = [_read(text, line, "") for line, text in enumerate(texts, 1)]
    hosts = dict.fromkeys(each for each in found if isinstance(each, str))
    return Ranges(spans=joined(each for each in found if isinstance(each, Span)), hosts=tuple(hosts))


def entries(text: str) -> tuple[str, ...]:
    """What somebody wrote, an entry each, as it was written."""
    return tuple(entry for _, entry in _entries(text))


def span_of(text: str) -> Span:
    """One network or range that is known to be right, with both its ends."""
    found = _read(text, 1, "", ends=True)
    if not isinstance(found, Span):
        raise BadRange(Flaw.UNREADABLE, 1, text)
    return found


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sorted, and those that touch or overlap made one."""
    made: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.version, span.low)):
        if made and made[-1].version == span.version and span.low <= made[-1].high + 1:
            made[-1] = Span(first=made[-1].first, last=max(made[-1].last, span.last, key=int))
        else:
            made.append(span)
    return tuple(made)


def without(ranges: Ranges, excluded: Ranges) -> Ranges:
    """What is left of ranges."""
    left = [piece for span in ranges.spans for piece in _cut(span, excluded.spans)]
    return Ranges(spans=tuple(left), hosts=tuple(host for host in ranges.hosts if host not in excluded.hosts))


def common(one: Sequence[Span], other: Sequence[Span]) -> tuple[Span, ...]:
    """What two sorted rows of spans have in common."""
    found, there = [], 0
    for span in one:
        while there < len(other) and _ends_before(other[there], span):
            there += 1
        for candidate in other[there:]:
            if candidate.version != span.version or candidate.low > span.high:
                break
            low, high = max(span.low, candidate.low), min(span.high, candidate.high)
            found.append(between(span.version, low, high))
    return tuple(found)


def between(version: int, low: int, high: int) -> Span:
    """A span by its numbers."""
    kind = IPv4Address if version == 4 else IPv6Address
    return Span(first=kind(low), last=kind(high))


def _ends_before(one: Span, other: Span) -> bool:
    return one.version < other.version or (one.version == other.version and one.high < other.low)


def _cut(span: Span, away: Sequence[Span]) -> Iterator[Span]:
    low = span.low
    for gone in common((span,), away):
        if low < gone.low:
            yield between(span.version, low, gone.low - 1)
        low = gone.high + 1
    if low <= span.high:
        yield between(span.version, low, span.high)


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """Entries with the numbers of their lines; several on one line are parted by commas or semicolons."""
    for number, line in enumerate(text.splitlines(), 1):
        for part in re.split("[,;]", line.partition("#")[0]):
            if part.strip():
                yield number, part.strip()


def _read(entry: str, line: int, field: str, *, ends: bool = False) -> Span | str:
    if "%" in entry:
        raise BadRange(Flaw.LINK_LOCAL, line, entry, field=field)
    found = _network(entry, line, field, ends=ends) if "/" in entry else _from_to(entry, line, field)
    if found is None:
        return _host(entry, line, field)
    for flaw, networks in ((Flaw.NOBODY, _NOBODY), (Flaw.LINK_LOCAL, _LINK)):
        if common((found,), _spans(networks)):
            raise BadRange(flaw, line, entry, field=field)
    return found


def _spans(networks: Iterable[Network]) -> tuple[Span, ...]:
    return joined(Span(first=network[0], last=network[-1]) for network in networks)


def _network(entry: str, line: int, field: str, *, ends: bool) -> Span:
    try:
        network = ip_network(entry, strict=False)
    except ValueError:
        raise BadRange(Flaw.UNREADABLE, line, entry, field=field) from None
    if _address(entry.partition("/")[0].strip()) != network[0]:
        raise BadRange(Flaw.HOST_BITS, line, entry, field=field)
    if ends or network.version == 6 or network.num_addresses <= 2:
        return Span(first=network[0], last=network[-1])
    return Span(first=network[1], last=network[-2])  # the others name the network, and all in it


def _from_to(entry: str, line: int, field: str) -> Span | None:
    begin, *end = _DASH.split(entry, maxsplit=1)
    first = _address(begin)
    if first is None:
        return None
    if not end:
        return Span(first=first, last=first)
    last = _address(_whole(begin, end[0]))
    if last is None:
        raise BadRange(Flaw.UNREADABLE, line, entry, field=field)
    if last.version != first.version:
        raise BadRange(Flaw.MIXED, line, entry, field=field)
    if int(last) < int(first):
        raise BadRange(Flaw.BACKWARDS, line, entry, field=field)
    return Span(first=first, last=last)


def _whole(begin: str, end: str) -> str:
    """The end of a range; ``192.168.1.10-99`` says its last number alone."""
    short = end.isascii() and end.isdigit() and len(end) <= 3 and "." in begin
    return f"{begin.rpartition('.')[0]}.{int(end)}" if short else end


def _host(entry: str, line: int, field: str) -> str:
    """A host name as it is asked for (RFC 1123 section 2.1; RFC 5890 for letters of other scripts)."""
    if re.fullmatch(r"[\d.]+", entry):
        raise BadRange(Flaw.NUMBERS, line, entry, field=field)
    try:
        name = entry.lower().rstrip(".").encode("idna").decode()
    except UnicodeError:
        raise BadRange(Flaw.UNREADABLE, line, entry, field=field) from None
    labels = name.split(".")
    if len(name) > _NAME_CHARS or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        raise BadRange(Flaw.UNREADABLE, line, entry, field=field)
    return name


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
