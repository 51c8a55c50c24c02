"""Versions, names of targets, and the file of a channel."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tympan_wire.updates import (
    BadUpdateFile,
    Channel,
    Version,
    agent_target,
    channel_target,
    decode_channel,
    encode_channel,
    is_distribution,
    plugin_target,
    wheel_of,
)

IN_ORDER = ["0.9", "1.0a1", "1.0a2", "1.0b1", "1.0rc1", "1.0", "1.0.1", "1.2", "1.10", "2", "10.0.0.1"]


def test_versions_are_ordered_by_their_numbers_and_a_stage_comes_before_its_final() -> None:
    for lower, higher in itertools.pairwise(IN_ORDER):
        assert Version(lower) < Version(higher)
        assert not Version(higher) < Version(lower)
    assert sorted(map(Version, reversed(IN_ORDER))) == list(map(Version, IN_ORDER))


def test_zeros_at_the_end_mean_nothing() -> None:
    assert Version("1.2") == Version("1.2.0")
    assert Version("1.2") <= Version("1.2.0")
    assert hash(Version("1.2")) == hash(Version("1.2.0"))
    assert Version("0") < Version("0.1")


@pytest.mark.parametrize(
    "text",
    ["", "1.", "v1", "1.0-2", "1.0.dev1", "../1", "1/2", "1.0.0.0.0", "1.0 ", "٣.1", "1" * 41, "1.0rc", "1234567"],
)
def test_what_is_no_version_of_ours_is_refused(text: str) -> None:
    with pytest.raises(BadUpdateFile):
        Version(text)


def test_targets_are_named_for_what_they_are() -> None:
    assert agent_target(Version("1.2.0")) == "agent/1.2.0/tympan-1.2.0-linux-x86_64.tar.gz"
    wheel = "acme_raw9100-1.0.1-py3-none-any.whl"
    assert plugin_target("acme-raw9100", Version("1.0.1")) == f"plugins/acme-raw9100/{wheel}"
    assert wheel_of(wheel) == ("acme-raw9100", Version("1.0.1"))
    assert channel_target("canary") == "channels/canary.json"


@pytest.mark.parametrize("name", ["", "Acme", "acme_raw", "-acme", "acme-", "a--b", "../x", "a/b", "a" * 65])
def test_what_is_no_distribution_is_refused(name: str) -> None:
    assert not is_distribution(name)
    with pytest.raises(BadUpdateFile):
        plugin_target(name, Version("1.0"))


@pytest.mark.parametrize(
    "name", ["acme-1.0.whl", "acme-1.0-cp311-cp311-linux_x86_64.whl", "acme-1.0.tar.gz", "../a-1.0-py3-none-any.whl"]
)
def test_a_wheel_that_does_not_run_everywhere_is_none(name: str) -> None:
    with pytest.raises(BadUpdateFile):
        wheel_of(name)


def test_there_are_three_channels() -> None:
    with pytest.raises(BadUpdateFile, match="canary, early, all"):
        channel_target("beta")


def channel(agent: str | None = "1.2.0", *, lower: bool = False, **plugins: str) -> Channel:
    versions = {name.replace("_", "-"): Version(text) for name, text in plugins.items()}
    own = None if agent is None else Version(agent)
    names = ([agent_target(own)] if own else []) + [plugin_target(*pair) for pair in versions.items()]
    return Channel(agent=own, plugins=versions, hashes=dict.fromkeys(names, "a" * 64), lower=lower)


@pytest.mark.parametrize(
    "wanted",
    [channel(), channel(acme_raw9100="1.0.1"), channel(None), channel("1.0", lower=True, acme_a="1", acme_b="2")],
)
def test_a_channel_is_read_as_it_was_written(wanted: Channel) -> None:
    assert decode_channel(encode_channel(wanted)) == wanted


def test_what_a_later_version_adds_to_a_channel_is_passed_over() -> None:
    table = {**json.loads(encode_channel(channel())), "notes": "https://example.org"}
    assert decode_channel(json.dumps(table).encode()) == channel()


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"agent": 1},
        {"agent": "../../etc"},
        {"plugins": []},
        {"plugins": {"acme": 1}},
        {"plugins": {"../x": "1.0"}},
        {"plugins": {"acme": "1.0"}},
        {"hashes": {}},
        {"hashes": {"agent/1.2.0/tympan-1.2.0-linux-x86_64.tar.gz": "A" * 64}},
    ],
)
def test_a_channel_that_does_not_say_what_it_must_is_refused(change: dict[str, object]) -> None:
    table = {**json.loads(encode_channel(channel())), **change}
    with pytest.raises(BadUpdateFile):
        decode_channel(json.dumps(table).encode())


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_attack_whatever_comes_is_a_channel_or_none(data: bytes) -> None:
    try:
        decode_channel(data)
    except BadUpdateFile:
        return
    assert json.loads(data)["v"] == 1


def test_attack_a_channel_of_endless_size_or_depth_is_not_read() -> None:
    for data in (
        b" " * 70_000,
        b"[" * 60_000,
        json.dumps({"v": 1, "plugins": {f"a{n}": "1" for n in range(300)}}).encode(),
    ):
        with pytest.raises(BadUpdateFile):
            decode_channel(data)
