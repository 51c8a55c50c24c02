"""Which sightings are of one device: the rules by example, then their promises by property."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tympan_hub.domain.ids import AgentId, DeviceId
from tympan_hub.domain.merging import Printing, partition, settle
from tympan_hub.domain.sightings import NOT_SWEPT, Name, Trace

BIRTH = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
ANNA, BEN = AgentId("a" * 32), AgentId("b" * 32)


def trace(key: str, agent: AgentId = ANNA, method: str = "bonjour", **told: Any) -> Trace:
    """A sighting."""
    values = {"first_seen_at": BIRTH, "seen_at": BIRTH, **told}
    return Trace(name=Name(agent, method, key), **values)


def _of(kind: str, value: str) -> dict[str, Any]:
    return {kind: value}


def groups(*traces: Trace) -> set[frozenset[str]]:
    """Keys by device."""
    return {frozenset(one.name.key for one in group) for group in partition(traces).groups}


def together(*keys: str) -> frozenset[str]:
    return frozenset(keys)


@pytest.mark.parametrize("kind", ["serial", "uuid", "fingerprint", "mac", "host"])
def test_each_kind_of_evidence_makes_one_device(kind: str) -> None:
    assert groups(trace("1", **_of(kind, "x")), trace("2", BEN, **_of(kind, "x"))) == {together("1", "2")}
    assert groups(trace("1", **_of(kind, "x")), trace("2", BEN, **_of(kind, "y"))) == {together("1"), together("2")}


def test_nothing_in_common_is_nothing() -> None:
    assert groups(trace("1"), trace("2")) == {together("1"), together("2")}


def test_a_model_is_no_evidence() -> None:
    assert len(groups(trace("1", model="HP"), trace("2", model="HP"))) == 2


def test_a_dhcp_move_keeps_the_device() -> None:
    before = trace("1", mac="m", host="192.0.2.1", in_view=False)
    assert groups(before, trace("2", mac="m", host="192.0.2.2")) == {together("1", "2")}
    before = trace("1", uuid="u", host="192.0.2.1", in_view=False)
    assert groups(before, trace("2", uuid="u", host="192.0.2.2")) == {together("1", "2")}


def test_who_comes_to_an_address_is_not_who_was_there() -> None:
    assert len(groups(trace("1", uuid="u", host="h", in_view=False), trace("2", uuid="v", host="h"))) == 2
    assert len(groups(trace("1", mac="m", host="h", in_view=False), trace("2", mac="n", host="h"))) == 2


def test_a_cloned_uuid_with_other_serial_numbers_stays_two() -> None:
    assert groups(trace("1", uuid="u", serial="s"), trace("2", BEN, uuid="u", serial="t")) == {
        together("1"),
        together("2"),
    }


@pytest.mark.parametrize("kind", ["mac", "fingerprint", "host"])
def test_a_cloned_uuid_in_two_places_at_once_stays_two(kind: str) -> None:
    one, other = trace("1", uuid="u", **_of(kind, "x")), trace("2", uuid="u", **_of(kind, "y"))
    assert groups(one, other) == {together("1"), together("2")}
    found = partition([one, other])
    assert found.uuid_shared == {one.name, other.name}
    elsewhere = trace("3", BEN, uuid="u", **_of(kind, "y"))
    assert groups(one, other, elsewhere) == {together("1"), together("2", "3")}


def test_a_clone_that_is_switched_off_is_remembered() -> None:
    one = trace("1", uuid="u", mac="x", uuid_shared=True, in_view=False)
    assert groups(one, trace("2", uuid="u", mac="y", uuid_shared=True)) == {together("1"), together("2")}


def test_two_agents_that_see_it_in_different_places_see_one_device() -> None:
    assert groups(trace("1", uuid="u", mac="x"), trace("2", BEN, uuid="u", mac="y")) == {together("1", "2")}


def test_a_dual_homed_device_with_one_serial_number_stays_one() -> None:
    assert groups(trace("1", uuid="u", serial="s", mac="x"), trace("2", uuid="u", serial="s", mac="y")) == {
        together("1", "2")
    }
    assert groups(trace("1", uuid="u", serial="s"), trace("2", uuid="v", serial="s")) == {together("1", "2")}


def test_a_dual_homed_device_with_one_certificate_stays_one() -> None:
    one, other = trace("1", uuid="u", fingerprint="f", mac="x"), trace("2", uuid="u", fingerprint="f", mac="y")
    assert groups(one, other) == {together("1", "2")}


def test_a_renewed_certificate_stays_the_device_by_uuid_or_serial_number() -> None:
    for kind in ("uuid", "serial"):
        one, other = trace("1", fingerprint="f", **_of(kind, "x")), trace("2", BEN, fingerprint="g", **_of(kind, "x"))
        assert groups(one, other) == {together("1", "2")}


def test_a_certificate_many_devices_were_shipped_with_tells_nothing() -> None:
    one, other = trace("1", fingerprint="f", mac="x"), trace("2", fingerprint="f", mac="y")
    assert groups(one, other) == {together("1"), together("2")}
    assert partition([one, other]).certificate_shared == {one.name, other.name}


def test_the_queues_of_a_print_server_stay_apart_and_attract_nobody() -> None:
    queues = [trace(str(number), uuid=str(number), mac="m", host="h", fingerprint="f") for number in range(5)]
    assert len(groups(*queues, trace("raw", BEN, mac="m", host="h"))) == 6


def test_what_has_no_name_is_the_device_in_whose_place_it_is() -> None:
    known = trace("1", uuid="u", mac="m", host="h", model="HP 1")
    assert groups(known, trace("2", method="wsd", mac="m")) == {together("1", "2")}
    assert groups(known, trace("2", method="ippscan", host="h", model="HP 1")) == {together("1", "2")}
    assert len(groups(known, trace("2", method="ippscan", host="h", model="HP 2"))) == 2


def test_a_serial_number_here_and_a_uuid_there_are_one_device_in_one_place() -> None:
    numbered, named = trace("1", method="wsd", serial="s", mac="m"), trace("2", uuid="u", mac="m")
    assert groups(numbered, named) == {together("1", "2")}
    assert len(groups(numbered, named, trace("3", BEN, uuid="v", mac="m"))) == 3


def test_the_oldest_device_stays_and_the_others_become_it() -> None:
    one = trace("1", uuid="u", device=DeviceId("new"))
    other = trace("2", BEN, uuid="u", device=DeviceId("old"), first_seen_at=BIRTH + dt.timedelta(1))
    born = {DeviceId("old"): BIRTH - dt.timedelta(1), DeviceId("new"): BIRTH}
    settled = settle(partition([one, other]).groups, born, lambda: DeviceId("none"))
    assert {*settled.devices.values()} == {"old"}
    assert settled.gone == {"new": "old"}
    assert settled.new == frozenset()


def test_of_one_that_turns_out_to_be_two_who_was_there_first_stays_it() -> None:
    one = trace("1", uuid="u", mac="x", device=DeviceId("d"))
    other = trace("2", uuid="u", mac="y", device=DeviceId("d"), first_seen_at=BIRTH + dt.timedelta(1))
    settled = settle(partition([other, one]).groups, {DeviceId("d"): BIRTH}, lambda: DeviceId("new"))
    assert settled.devices == {one.name: "d", other.name: "new"}
    assert settled.new == {"new"}
    assert settled.gone == {}


@pytest.mark.parametrize("known", [Printing(hosts=frozenset({"y"})), Printing(fingerprints=frozenset({"c"}))])
def test_who_claims_to_have_been_there_first_does_not_take_a_device_from_its_printer(known: Printing) -> None:
    liar = trace("1", BEN, uuid="u", host="x", device=DeviceId("d"), first_seen_at=BIRTH - dt.timedelta(9_000))
    again = attrs.evolve(liar, name=Name(BEN, "bonjour", "3"), host="z", device=DeviceId(""))
    true = trace("2", uuid="u", host="y", fingerprint="c", device=DeviceId("d"))
    groups_now = partition([liar, again, true]).groups
    assert len(groups_now) == 3
    settled = settle(
        groups_now, {DeviceId("d"): BIRTH}, iter((DeviceId("e"), DeviceId("f"))).__next__, {DeviceId("d"): known}
    )
    assert settled.devices[true.name] == "d"


few = st.sampled_from(["", "", "x", "y"])
some_traces = st.lists(
    st.builds(
        lambda number, agent, method, in_view, told: trace(str(number), agent, method, in_view=in_view, **told),
        st.integers(0, 30),
        st.sampled_from([ANNA, BEN]),
        st.sampled_from(["bonjour", "wsd"]),
        st.booleans(),
        st.fixed_dictionaries({"serial": few, "uuid": few, "fingerprint": few, "mac": few, "host": few, "model": few}),
    ),
    max_size=12,
    unique_by=lambda one: one.name,
)


@settings(max_examples=150)
@given(some_traces, st.randoms())
def test_the_order_does_not_matter(traces: list[Trace], chance: random.Random) -> None:
    shuffled = traces.copy()
    chance.shuffle(shuffled)
    assert partition(shuffled) == partition(traces)


def test_a_certificate_that_is_found_shared_late_tells_nothing_of_what_was_sorted_before() -> None:
    first, second = AgentId("a" * 32), AgentId("b" * 32)
    traces = [
        trace("0", first, "wsd", uuid="y", fingerprint="y"),
        trace("0", second, "bonjour", serial="y", uuid="y"),
        trace("0", second, "wsd", serial="x", uuid="y", fingerprint="y", host="x", in_view=True),
        trace("1", second, "wsd", fingerprint="y", host="y", in_view=True),
    ]
    found = partition(traces)
    assert {one.name for one in traces if one.fingerprint} == found.certificate_shared
    assert sorted(len(group) for group in found.groups) == [1, 1, 1, 1]


@settings(max_examples=150)
@given(some_traces)
def test_repeating_changes_nothing(traces: list[Trace]) -> None:
    first = partition(traces)
    marked = [
        attrs.evolve(
            one, uuid_shared=one.name in first.uuid_shared, certificate_shared=one.name in first.certificate_shared
        )
        for one in traces
    ]
    names = [[one.name for one in group] for group in first.groups]
    assert [[one.name for one in group] for group in partition(marked).groups] == names


@settings(max_examples=150)
@given(some_traces)
def test_every_sighting_is_of_one_device_and_no_device_has_two_serial_numbers(traces: list[Trace]) -> None:
    found = partition(traces).groups
    assert sorted(one.name for group in found for one in group) == sorted(one.name for one in traces)
    for group in found:
        assert len({one.serial for one in group} - {""}) <= 1
        if not any(one.serial for one in group):
            assert len({one.uuid for one in group} - {""}) <= 1


@settings(max_examples=100)
@given(some_traces, some_traces)
def test_strangers_do_not_bear_on_each_other(traces: list[Trace], strangers: list[Trace]) -> None:
    def abroad(value: str) -> str:
        return value and f"{value} abroad"

    apart = [
        attrs.evolve(
            one, name=Name(AgentId("c" * 32), one.name.method, one.name.key), serial=abroad(one.serial),
            uuid=abroad(one.uuid), fingerprint=abroad(one.fingerprint), mac=abroad(one.mac), host=abroad(one.host),
        )
        for one in strangers
    ]  # fmt: skip
    alone = {tuple(one.name for one in group) for group in partition(traces).groups}
    beside = {tuple(one.name for one in group) for group in partition([*traces, *apart]).groups}
    assert alone <= beside


@settings(max_examples=100)
@given(some_traces, st.randoms())
def test_settled_one_by_one_it_is_the_same_as_all_at_once(traces: list[Trace], chance: random.Random) -> None:
    """As long as all are in view: what went earlier may have been taken for another then. And without certificates:
    one that several were seen to have is remembered as such, whatever those turn out to be."""
    seen = [attrs.evolve(one, in_view=True, fingerprint="") for one in traces]
    order = seen.copy()
    chance.shuffle(order)
    kept: dict[Name, Trace] = {}
    born: dict[DeviceId, dt.datetime] = {}
    for number, one in enumerate(order):
        kept[one.name] = one
        now = partition(kept.values())
        ids = iter(DeviceId(f"{number}-{nth}") for nth in range(100))
        settled = settle(now.groups, born, lambda ids=ids: next(ids))  # type: ignore[misc]
        born |= dict.fromkeys(settled.new, BIRTH + dt.timedelta(number))
        kept = {
            name: attrs.evolve(
                each, device=settled.devices[name], uuid_shared=each.uuid_shared or name in now.uuid_shared,
                certificate_shared=each.certificate_shared or name in now.certificate_shared,
            )
            for name, each in kept.items()
        }  # fmt: skip
    by_device: dict[str, set[Name]] = {}
    for name, each in kept.items():
        by_device.setdefault(each.device, set()).add(name)
    at_once = {frozenset(one.name for one in group) for group in partition(seen).groups}
    assert {frozenset(names) for names in by_device.values()} == at_once


@pytest.mark.parametrize(("swept", "devices"), [(-5, 2), (0, 1), (1, 1), (2, 2), (9, 2)])
def test_what_was_told_before_a_sweep_and_what_came_after_it_is_one_that_moved_until_the_next(
    swept: int, devices: int
) -> None:
    at = BIRTH + dt.timedelta(minutes=swept)
    old = trace("old", uuid="u", host="192.0.2.1", swept_at=at)
    new = trace("new", uuid="u", host="192.0.2.2", seen_at=BIRTH + dt.timedelta(minutes=2))
    assert len(groups(old, new)) == devices
    assert len(groups(attrs.evolve(old, swept_at=NOT_SWEPT), attrs.evolve(new, swept_at=at))) == devices
