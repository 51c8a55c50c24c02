"""Ranges of addresses as people write them."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tympan_hub.domain.limits.scans import RANGES
from tympan_hub.domain.ranges import BadRange, Flaw, Ranges, Span, between, common, joined, read, read_all, without


@pytest.mark.parametrize(
    ("written", "texts", "count"),
    [
        ("192.168.1.0/24", ("192.168.1.1-192.168.1.254",), 254),
        ("192.168.1.0/255.255.255.0", ("192.168.1.1-192.168.1.254",), 254),
        ("192.168.1.0/31", ("192.168.1.0-192.168.1.1",), 2),
        ("10.0.0.7", ("10.0.0.7",), 1),
        ("10.0.0.7/32", ("10.0.0.7",), 1),
        ("10.0.0.10-10.0.0.19", ("10.0.0.10-10.0.0.19",), 10),
        ("10.0.0.10 – 19", ("10.0.0.10-10.0.0.19",), 10),
        ("10.0.0.0-10.0.0.255", ("10.0.0.0-10.0.0.255",), 256),
        ("2001:db8::/120", ("2001:db8::-2001:db8::ff",), 256),
        ("2001:db8::/111", ("2001:db8::-2001:db8::ffff", "2001:db8::1:0-2001:db8::1:ffff"), 1 << 17),
        ("2001:db8::5 - 2001:db8::6", ("2001:db8::5-2001:db8::6",), 2),
        ("Printer-1.Example.ORG.", ("printer-1.example.org",), 1),
        ("drucker-büro.example", ("xn--drucker-bro-1hb.example",), 1),
        ("10.0.0.1, 10.0.0.2; 10.0.0.2\n\n# all of it\n10.0.0.3 # lobby", ("10.0.0.1-10.0.0.3",), 3),
        ("2001:db8::1\n10.0.0.1\nlobby", ("10.0.0.1", "2001:db8::1", "lobby"), 3),
        ("", (), 0),
    ],
)
def test_ranges_are_read_in_all_the_forms_people_write(written: str, texts: tuple[str, ...], count: int) -> None:
    found = read(written)
    assert (found.texts, found.count) == (texts, count)
    assert read_all(found.texts) == found


@pytest.mark.parametrize(
    ("written", "flaw", "line"),
    [
        ("10.0.0.1\n\n10.0.0.300", Flaw.NUMBERS, 3),
        ("10.0.0", Flaw.NUMBERS, 1),
        ("10.0.0.5/24", Flaw.HOST_BITS, 1),
        ("10.0.0.0/33", Flaw.UNREADABLE, 1),
        ("10.0.0.9-10.0.0.1", Flaw.BACKWARDS, 1),
        ("10.0.0.1-lobby", Flaw.UNREADABLE, 1),
        ("10.0.0.1-2001:db8::1", Flaw.MIXED, 1),
        ("fe80::1%eth0", Flaw.LINK_LOCAL, 1),
        ("fe80::/64", Flaw.LINK_LOCAL, 1),
        ("::ffff:10.0.0.1", Flaw.NOBODY, 1),
        ("224.0.0.0/4", Flaw.NOBODY, 1),
        ("0.0.0.0/0", Flaw.NOBODY, 1),
        ("ff02::fb", Flaw.NOBODY, 1),
        ("-lobby", Flaw.UNREADABLE, 1),
        ("<script>", Flaw.UNREADABLE, 1),
        ("a..b", Flaw.UNREADABLE, 1),
        ("10.0.0.1-٣", Flaw.UNREADABLE, 1),
        ("x" * 300, Flaw.UNREADABLE, 1),
    ],
)
def test_what_cannot_be_taken_names_its_line_the_cause_and_what_to_do(written: str, flaw: Flaw, line: int) -> None:
    with pytest.raises(BadRange) as caught:
        read(written, field="targets")
    error = caught.value
    assert (error.flaw, error.line, error.field) == (flaw, line, "targets")
    assert f"line {line}" in error.cause
    assert error.next_step
    assert len(error.entry) <= 60


def test_a_scan_has_so_many_entries() -> None:
    lines = [f"10.{number // 250}.{number % 250}.1" for number in range(RANGES)]
    assert read("\n".join(lines)).count == RANGES
    with pytest.raises(BadRange) as caught:
        read("\n".join([*lines, "lobby"]))
    assert (caught.value.flaw, caught.value.line) == (Flaw.TOO_MANY, RANGES + 1)


@pytest.mark.parametrize(
    ("written", "outside"),
    [
        ("10.0.0.0/8\n172.16.0.0/12\n192.168.0.0/16\n100.64.0.0/10\n169.254.0.0/16\nfd00::/8\nlobby", ()),
        ("172.15.255.255-172.16.0.0", ("172.15.255.255",)),
        ("172.31.255.255-172.32.0.0", ("172.32.0.0",)),
        ("8.8.8.0/24", ("8.8.8.1-8.8.8.254",)),
        ("100.128.0.0", ("100.128.0.0",)),
        ("2001:db8::1", ("2001:db8::1",)),
    ],
)
def test_what_is_outside_private_space_is_told(written: str, outside: tuple[str, ...]) -> None:
    assert read(written).outside.texts == outside


def test_exclusions_are_taken_out() -> None:
    wanted, excluded = read("10.0.0.0/29\nlobby\nattic"), read("10.0.0.2-10.0.0.3\nlobby\n10.0.0.7")
    assert without(wanted, excluded).texts == ("10.0.0.1", "10.0.0.4-10.0.0.6", "attic")


SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 8), st.sampled_from([4, 6])).map(
        lambda told: between(told[2], 0x0A000000 + told[0], 0x0A000000 + told[0] + told[1])
    ),
    max_size=6,
)


def addresses(spans: tuple[Span, ...] | list[Span]) -> set[tuple[int, int]]:
    return {(span.version, number) for span in spans for number in range(span.low, span.high + 1)}


@given(SPANS, SPANS)
def test_ranges_are_sets_of_addresses(one: list[Span], other: list[Span]) -> None:
    first, second = joined(one), joined(other)
    assert addresses(first) == addresses(one)
    assert sum(span.count for span in first) == len(addresses(one))
    assert addresses(common(first, second)) == addresses(one) & addresses(other)
    left = without(Ranges(spans=first), Ranges(spans=second))
    assert addresses(left.spans) == addresses(one) - addresses(other)
    assert left.spans == joined(left.spans)
    for number in range(0x0A000000, 0x0A000000 + 50):
        address = IPv4Address(number)
        assert Ranges(spans=first).holds(address) == ((4, number) in addresses(one))
    assert read_all(left.texts) == left


def test_an_address_of_the_other_kind_is_not_held() -> None:
    assert not read("10.0.0.0/8").holds(ip_address("::a00:1"))


@given(st.text(max_size=60))
def test_whatever_is_written_is_read_or_refused(written: str) -> None:
    try:
        found = read(written)
    except BadRange:
        return
    assert read_all(found.texts) == found
