"""What is gone over: all of it, once, less what is excluded; and what is refused."""

from __future__ import annotations

import ipaddress
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tympan_discovery_ippscan._errors import BadTarget
from tympan_discovery_ippscan._limits import ADDRESSES, ENTRIES
from tympan_discovery_ippscan._plan import Cursor, Plan
from tympan_discovery_ippscan._ranges import ranges


def every(*targets: str, excluded: tuple[str, ...] = ()) -> list[str]:
    made = ranges(targets, excluded)
    return [made.at(place) for place in range(made.count)]


@pytest.mark.parametrize(
    ("targets", "excluded", "expected"),
    [
        (["10.0.0.0/30"], (), ["10.0.0.1", "10.0.0.2"]),
        (["10.0.0.0/31"], (), ["10.0.0.0", "10.0.0.1"]),
        (["10.0.0.7/32"], (), ["10.0.0.7"]),
        (["10.0.0.3-10.0.0.5"], (), ["10.0.0.3", "10.0.0.4", "10.0.0.5"]),
        (["10.0.0.3 – 5"], (), ["10.0.0.3", "10.0.0.4", "10.0.0.5"]),
        (["10.0.0.3 to 10.0.0.4"], (), ["10.0.0.3", "10.0.0.4"]),
        (["10.0.0.4-10.0.0.6", "10.0.0.5-10.0.0.7"], ("10.0.0.6",), ["10.0.0.4", "10.0.0.5", "10.0.0.7"]),
        (["10.0.0.0/29"], ("10.0.0.0/30", "10.0.0.6"), ["10.0.0.4", "10.0.0.5"]),
        (["fd00::1-fd00::3"], ("fd00::2",), ["fd00::1", "fd00::3"]),
        (["fd00::/126"], ("fd00::/64",), []),
        (["fd00::/126"], (), ["fd00::", "fd00::1", "fd00::2", "fd00::3"]),
        (["printer-1.example", "PRINTER-2"], ("printer-2.",), ["printer-1.example"]),
        (["10.0.0.9", "10.0.0.9", "front.example", "front.example"], (), ["10.0.0.9", "front.example"]),
    ],
)
def test_targets_less_exclusions(targets: list[str], excluded: tuple[str, ...], expected: list[str]) -> None:
    assert every(*targets, excluded=excluded) == expected


@pytest.mark.parametrize(
    "target",
    [
        "", " ", "10.0.0.0/33", "10.0.0.5-10.0.0.1", "10.0.0.1-10.0.0.2-10.0.0.3", "10.0.0.1-fd00::1", "10.0.0.1-x",
        "10.0.0.999", "-x", "a b", "x" * 201, "http://10.0.0.1", "10.0.0.1:631", "fe80::1%eth0", "fe80::1", "a_b!",
        "224.0.0.1", "224.0.0.0/24", "255.255.255.255", "0.0.0.0", "0.0.0.0/0", "240.0.0.1", "::", "ff02::1",
        "::ffff:10.0.0.1", "127.0.0.1", "127.0.0.0/8", "::1", "126.255.255.255-127.0.0.1", "fd00::/64", "fd00::/96",
        "fd00::-fd00::1:0:0", "1.2.3.4.5", "10.0.0.1-²",
    ],
)  # fmt: skip
def test_what_is_refused_says_why_and_what_next(target: str) -> None:
    with pytest.raises(BadTarget) as raised:
        ranges([target])
    assert raised.value.cause
    assert raised.value.next_step


def test_loopback_is_for_tests() -> None:
    assert ranges(["127.0.0.1", "::1"], loopback=True).count == 2


def test_an_exclusion_may_be_as_wide_as_it_likes() -> None:
    assert every("10.0.0.0/30", excluded=("0.0.0.0/0", "::/0")) == []


def test_a_10_8_costs_no_memory_and_has_all_its_addresses() -> None:
    made = ranges(["10.0.0.0/8"], ["10.128.0.0/9"])
    assert made.count == 2**23 - 1
    assert len(made.spans) == 1
    assert (made.at(0), made.at(made.count - 1)) == ("10.0.0.1", "10.127.255.255")
    with pytest.raises(BadTarget, match="in parts"):
        ranges(["10.0.0.0/8", "11.0.0.0/8"])
    assert ADDRESSES >= 2**24 - 2


def test_lists_are_bounded() -> None:
    with pytest.raises(BadTarget, match="in parts"):
        ranges(["10.0.0.1"] * (ENTRIES + 1))


@given(
    targets=st.lists(st.tuples(st.integers(0, 255), st.integers(0, 40)), min_size=1, max_size=6),
    excluded=st.lists(st.tuples(st.integers(0, 255), st.integers(0, 40)), max_size=6),
)
def test_spans_are_sets(targets: list[tuple[int, int]], excluded: list[tuple[int, int]]) -> None:
    def as_text(first: int, more: int) -> str:
        return f"10.0.0.{first}-10.0.0.{min(255, first + more)}"

    def as_set(pairs: list[tuple[int, int]]) -> set[int]:
        return {number for first, more in pairs for number in range(first, min(255, first + more) + 1)}

    wanted = as_set(targets) - as_set(excluded)
    made = ranges([as_text(*pair) for pair in targets], [as_text(*pair) for pair in excluded])
    got = [made.at(place) for place in range(made.count)]
    assert got == [f"10.0.0.{number}" for number in sorted(wanted)]
    assert all(made.excludes(f"10.0.0.{number}") for number in as_set(excluded))


@given(count=st.integers(1, 3000), seed=st.integers(0, 2**128))
def test_a_plan_asks_every_place_once(count: int, seed: int) -> None:
    plan = Plan(count=count, seed=seed)
    assert sorted(plan.place(step) for step in range(count)) == list(range(count))


@pytest.mark.parametrize("bits", [16, 20, 22, 23])
def test_a_plan_does_not_hammer_one_24(bits: int) -> None:
    """Among any 32 steps in a row, no /24 is asked much more often than its share."""
    made = ranges([f"10.0.0.0/{bits}"])
    plan = Plan(count=made.count, seed=7)
    nets = [ipaddress.ip_network((made.at(plan.place(step)), 24), strict=False) for step in range(made.count)]
    share = 32 / 2 ** (24 - bits)
    for start in range(0, len(nets) - 32, 97):
        asked = nets[start : start + 32]
        assert max(asked.count(net) for net in set(asked)) <= 2 + 1.5 * share


@pytest.mark.parametrize("seed", range(20))
def test_a_cursor_leaves_nothing_out_however_often_it_is_cut(seed: int) -> None:
    chance = random.Random(seed)
    count = chance.randint(1, 400)
    cursor, done = Cursor(), set[int]()
    while len(done) < count:
        under_way = list(cursor.left(count))[: chance.randint(1, 50)]
        for step in chance.sample(under_way, chance.randint(1, len(under_way))):
            cursor.finish(step)
            done.add(step)
        cursor = Cursor.of(cursor.kept("plan"), "plan")  # killed, and started again
        assert cursor.done == len(done)
        assert set(cursor.left(count)) == set(range(count)) - done
    assert cursor.mark == count


@pytest.mark.parametrize("kept", [None, b"", b"{", b"[]", b'{"plan":"p"}', b'{"plan":"p","mark":"x"}', b"\xff"])
def test_a_cursor_that_cannot_be_read_begins_anew(kept: bytes | None) -> None:
    assert Cursor.of(kept, "p") == Cursor()


def test_a_cursor_of_other_ranges_begins_anew() -> None:
    cursor = Cursor(mark=5)
    assert Cursor.of(cursor.kept("one"), "one").mark == 5
    assert Cursor.of(cursor.kept("one"), "other").mark == 0
