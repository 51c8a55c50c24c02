"""Who asks which addresses of a scan."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.limits.scans import SCAN_SHARERS
from tympan_hub.domain.ranges import Span, between, common, joined, read, without
from tympan_hub.domain.scan_plans import Plan, blocks_of, overlap, plan, with_others

ONE, TWO, THREE = map(AgentId, ("one", "two", "three"))


def networks_of(text: str) -> tuple[Span, ...]:
    """Networks of an agent, with both ends."""
    return read(text, ends=True).spans


def told(made: Plan) -> dict[str, tuple[str, ...]]:
    return {share.agent: share.ranges.texts for share in made.shares}


def test_each_agent_asks_in_its_own_network() -> None:
    networks = {ONE: networks_of("10.1.0.0/16"), TWO: networks_of("10.2.0.0/16\nfd00:2::/64")}
    made = plan(read("10.1.7.0/24\n10.2.7.0/24\nfd00:2::1"), networks)
    assert told(made) == {"one": ("10.1.7.1-10.1.7.254",), "two": ("10.2.7.1-10.2.7.254", "fd00:2::1")}
    assert not made.nobody


def test_what_nobody_reaches_is_told() -> None:
    made = plan(read("10.0.255.0-10.1.0.5\n192.168.0.1"), {ONE: networks_of("10.1.0.0/16")})
    assert told(made) == {"one": ("10.1.0.0-10.1.0.5",)}
    assert made.nobody.texts == ("10.0.255.0-10.0.255.255", "192.168.0.1")
    assert plan(read("lobby"), {}).nobody.texts == ("lobby",)


def test_agents_of_one_network_share_it_in_blocks() -> None:
    there = networks_of("10.1.0.0/16")
    made = plan(read("10.1.0.0-10.1.2.9"), {ONE: there, TWO: there})
    assert told(made) == {"one": ("10.1.0.0-10.1.0.255",), "two": ("10.1.1.0-10.1.2.9",)}
    assert told(plan(read("10.1.3.0/24"), {ONE: there, TWO: there})) == {"one": ("10.1.3.1-10.1.3.254",)}


def test_a_block_goes_to_the_agent_that_reaches_most_of_it() -> None:
    networks = {ONE: networks_of("10.1.0.0/26"), TWO: networks_of("10.1.0.128/25")}
    assert told(plan(read("10.1.0.0/24"), networks)) == {"two": ("10.1.0.1-10.1.0.63", "10.1.0.128-10.1.0.254")}
    holes = without(read("10.1.0.0/24\n10.1.1.0/24"), read("10.1.0.99\n10.1.1.99"))
    there = networks_of("10.1.0.0/16")
    halves = plan(holes, {ONE: there, TWO: there})
    assert [len(share.ranges.spans) for share in halves.shares] == [2, 2]


def test_who_has_some_of_a_block_gets_what_others_were_near_to() -> None:
    first = plan(read("10.1.0.0/24\n10.2.0.1"), {ONE: networks_of("10.1.0.0/28")})
    made = with_others(first, {TWO: networks_of("10.1.0.0/24\n10.2.0.0/24")})
    assert told(made) == {"one": ("10.1.0.1-10.1.0.254",), "two": ("10.2.0.1",)}
    assert not made.nobody


def test_ranges_overlap_where_they_share_a_block() -> None:
    assert overlap(read("10.1.0.7\nlobby"), read("10.1.0.200\nattic")).texts == ("10.1.0.7",)
    assert overlap(read("10.1.0.7\nlobby"), read("10.1.1.0\nlobby")).texts == ("lobby",)
    assert not overlap(read("10.1.0.255"), read("10.1.1.0-10.1.2.9"))


def test_many_agents_do_not_storm_one_network() -> None:
    there = networks_of("10.1.0.0/16")
    made = plan(read("10.1.0.0-10.1.255.255"), {AgentId(str(number)): there for number in range(100)})
    assert len(made.shares) == SCAN_SHARERS
    assert {share.ranges.count for share in made.shares} == {65536 // SCAN_SHARERS}


def test_who_was_named_is_believed() -> None:
    networks = {ONE: networks_of("10.1.0.0/16"), TWO: ()}
    made = plan(read("10.1.0.0/24\n10.9.0.0/23"), networks, named=True)
    assert not made.nobody
    assert sum(share.ranges.count for share in made.shares) == 254 + 510
    assert "10.1.0.1-10.1.0.254" in told(made)["one"]
    assert plan(read("10.1.0.0/24"), {}, named=True).nobody.count == 254


def test_names_are_asked_by_one_that_takes_part() -> None:
    networks = {ONE: networks_of("10.1.0.0/16"), TWO: networks_of("10.2.0.0/16"), THREE: ()}
    assert told(plan(read("10.2.0.1\nlobby"), networks)) == {"two": ("10.2.0.1", "lobby")}
    assert told(plan(read("lobby\nattic"), networks)) == {"one": ("lobby", "attic")}


NUMBERS = st.tuples(st.integers(0, 3000), st.integers(0, 900))
SPANS = st.lists(NUMBERS.map(lambda told: between(4, 0x0A000000 + told[0], 0x0A000000 + sum(told))), max_size=4)


@given(SPANS, st.lists(SPANS, max_size=4), st.booleans())
def test_every_address_has_one_agent_or_none(wanted: list[object], theirs: list[list[object]], named: bool) -> None:
    ranges = read("\n".join(map(str, joined(wanted))))  # type: ignore[arg-type]
    networks = {AgentId(str(number)): joined(spans) for number, spans in enumerate(theirs)}  # type: ignore[arg-type]
    made = plan(ranges, networks, named=named)
    rows = [share.ranges.spans for share in made.shares] + [made.nobody.spans]
    assert joined(span for row in rows for span in row) == ranges.spans
    assert not any(common(one, other) for one, other in itertools.combinations(rows, 2))
    asked = [blocks_of(share.ranges).spans for share in made.shares]
    assert not any(common(one, other) for one, other in itertools.combinations(asked, 2)), "a block is one agent's"
    if not named:
        reached = joined(span for spans in networks.values() for span in spans)
        assert all(common(share.ranges.spans, reached) == share.ranges.spans for share in made.shares)
        assert not any(common(made.nobody.spans, spans) for spans in networks.values())
