"""What plugins bring from outside: policy under pinned keys, printers beside our own; both outlast their source."""

from __future__ import annotations

import base64
import datetime as dt
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from plugin_maker import Bench, Maker, making, running

from tympan._errors import BadInput, StoreFull
from tympan._given_printers import GivenPrinters
from tympan._home import Home
from tympan._ids import PluginId, PrinterId, printer_id
from tympan._limits import DEFAULTS
from tympan._pinned_policy import Brought, PinnedFile, PinnedPolicy
from tympan._policy import PolicyDocument, Scope, Verdict
from tympan._printer_file import check_printer
from tympan._signing import sign_policy
from tympan._states import PluginState
from tympan._values import Printer, PrinterMode, PrinterReach

pytestmark = pytest.mark.anyio

HUB, STRANGER = bytes(range(32)), bytes(range(1, 33))
NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
ESSENTIAL = "essential = true\n"
FRONT = Printer(id=printer_id("front"), name="Front", uri="ipp://front.example/ipp/print")

SOURCE = """
    import trio
    from tympan.plugin import Contribution, hookimpl
    from tympan.testing import FakePolicySource, FakePrinterSource

    POLICY, PRINTERS = FakePolicySource(None, None), FakePrinterSource()

    @hookimpl
    def register_policy_sources():
        return [Contribution(port=POLICY)]

    @hookimpl
    def register_printer_sources():
        return [Contribution(port=PRINTERS)]
"""


def public(private: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def signed(
    number: int, *, key: bytes = HUB, scope: Scope = Scope.TENANT, ends: dt.datetime | None = None, **rules: str
) -> bytes:
    said = {f"test.{name}": Verdict(verdict) for name, verdict in rules.items()}
    document = PolicyDocument(scope=scope, name=scope.value, number=number, issued_at=NOW, expires_at=ends, rules=said)
    return sign_policy(document, key)


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[Maker]:
    with making(tmp_path / "site") as made:
        yield made


def source() -> Any:
    """The module of the plugin that brings things."""
    return sys.modules["tympan_made_source.plugin"]


def on(bench: Bench, plugin: str = "good") -> bool:
    return bench.record(plugin).state is PluginState.RUNNING


# ---------------------------------------------------------------------------------------------- policy


async def test_attack_a_plugin_that_asked_for_nothing_brings_policy(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("good")
    maker.plugin("source", SOURCE)
    async with running(tmp_path / "home") as bench:
        await bench.until("good", PluginState.RUNNING)
        found = await bench.until("source", PluginState.FAILED)
        assert "offers a PolicySource, which its manifest does not ask for" in found.reason
        assert bench.record("good").state is PluginState.RUNNING


async def test_policy_that_is_brought_is_obeyed_live_and_from_the_first_moment_after_a_restart(
    maker: Maker, tmp_path: Path
) -> None:
    good = maker.plugin("good")
    maker.plugin("source", SOURCE, permissions=["hub"])
    async with running(tmp_path / "home") as bench:
        await bench.until("good", PluginState.RUNNING)
        source().POLICY.change(signed(7, good="off"), keys=[public(HUB)])
        found = await bench.until("good", PluginState.OFF)
        assert "the tenant policy 'tenant' number 7 says off" in found.reason
    good.trace.clear()
    maker.plugin("late")  # the source itself is switched off now, and what it brought holds
    async with running(tmp_path / "home") as bench:
        await bench.policy(source="off")
        await bench.until("source", PluginState.OFF)
        assert bench.record("good").state is PluginState.OFF
        assert good.trace == []


async def test_what_is_older_unsigned_or_not_the_hubs_affair_is_refused_shown_and_changes_nothing(
    maker: Maker, tmp_path: Path
) -> None:
    maker.plugin("good")
    maker.plugin("source", SOURCE, permissions=["hub"])
    async with running(tmp_path / "home") as bench:
        policy = source().POLICY
        policy.change(signed(7, good="off"), keys=[public(HUB)])
        await bench.until("good", PluginState.OFF)
        for offered, why in (
            (signed(6, good="on"), "number 6 is not newer than number 7"),
            (signed(7, good="on"), "number 7 is not newer than number 7"),
            (signed(8, key=STRANGER, good="on"), "no trusted key has signed it"),
            (signed(8, scope=Scope.MACHINE, good="on"), "this machine's own affair"),
            (b"{", "no signed envelope"),
        ):
            policy.change(offered)
            await bench.poll(lambda why=why: any(why in one for one in problems(bench)), why)
            assert bench.record("good").state is PluginState.OFF
        policy.change()
        await bench.poll(lambda: any("does not send it any more" in one for one in problems(bench)), "it is shown")
        assert bench.record("good").state is PluginState.OFF
        policy.change(signed(8, good="user"))
        await bench.until("good", PluginState.RUNNING)
        assert problems(bench) == []


def problems(bench: Bench) -> list[str]:
    status: Any = bench.agent.status()
    return list(status["problems"])


async def test_on_a_full_disk_policy_is_obeyed_at_once_and_kept_when_there_is_room(
    maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker.plugin("good")
    maker.plugin("source", SOURCE, permissions=["hub"])

    def full(path: Path, data: bytes) -> None:
        raise StoreFull(f"no space is left for {path}")

    async with running(tmp_path / "home") as bench:
        monkeypatch.setattr("tympan._pinned_policy.write_file", full)
        source().POLICY.change(signed(7, good="off"), keys=[public(HUB)])
        await bench.until("good", PluginState.OFF)
        await bench.until("source", PluginState.RUNNING, "no space is left")
        monkeypatch.undo()
        await bench.poll(bench.home.pinned_policy.exists, "it is kept")


async def test_leaving_forgets_what_was_brought(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("good")
    maker.plugin("source", SOURCE, permissions=["hub"])
    async with running(tmp_path / "home") as bench:
        policy = source().POLICY
        policy.change(signed(7, good="off"), keys=[public(HUB)])
        await bench.until("good", PluginState.OFF)
        await bench.poll(bench.home.pinned_policy.exists, "it is kept")
        policy.change(keys=[])
        await bench.until("good", PluginState.RUNNING)
        await bench.poll(lambda: not bench.home.pinned_policy.exists(), "nothing is kept")


async def test_a_rollback_over_a_restart_is_refused(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("good")
    maker.plugin("source", SOURCE, permissions=["hub"])
    async with running(tmp_path / "home") as bench:
        source().POLICY.change(signed(7, good="off"), keys=[public(HUB)])
        await bench.until("good", PluginState.OFF)
        await bench.poll(bench.home.pinned_policy.exists, "it is kept")
    async with running(tmp_path / "home") as bench:
        source().POLICY.change(signed(6, good="on"))
        await bench.poll(lambda: any("number 6 is not newer" in one for one in problems(bench)), "it is refused")
        assert bench.record("good").state is PluginState.OFF


def offered_in_turn(*envelopes: bytes) -> Iterator[tuple[PolicyDocument, list[str]]]:
    """Of each document that comes: what is in force then, and what is shown."""
    policy = PinnedPolicy()
    policy.pin([public(HUB)])
    for envelope in envelopes:
        policy.offer([envelope])
        [document] = policy.documents
        yield document, [problem.reason for problem in policy.problems]


FIRST, LATER, LAST = (NOW + dt.timedelta(days=days) for days in (30, 37, 44))


def test_a_document_is_renewed_by_one_that_says_the_same_until_later() -> None:
    ends = [None, FIRST, LATER]
    coming = offered_in_turn(*(signed(5, a="off", ends=end) for end in ends))
    assert [(document.expires_at, shown) for document, shown in coming] == [(end, []) for end in ends]


def test_a_document_that_ends_is_not_renewed_by_one_that_says_something_else_or_is_older() -> None:
    others = signed(5, a="on", ends=LAST), signed(5, a="on"), signed(4, a="off", ends=LAST), signed(4, a="off")
    _, *refused = offered_in_turn(signed(5, a="off", ends=LATER), *others)
    for document, shown in refused:
        assert (document.number, document.rules, document.expires_at) == (5, {"test.a": Verdict.OFF}, LATER)
        assert "is not newer than number 5, which stays in force" in shown[0]


def test_a_hub_that_was_taken_back_to_documents_without_an_end_does_not_let_the_last_one_end() -> None:
    ends = [FIRST, None, LATER, None]
    coming = offered_in_turn(*(signed(5, a="off", ends=end) for end in ends))
    assert [(document.expires_at, shown) for document, shown in coming] == [(end, []) for end in ends]


def test_the_same_until_sooner_is_passed_over_in_silence() -> None:
    """Two processes whose clocks differ by seconds give out both as the week turns."""
    for document, shown in offered_in_turn(*[signed(5, ends=LATER), signed(5, ends=FIRST)] * 3):
        assert (document.expires_at, shown) == (LATER, [])


async def test_policy_that_has_ended_keeps_printing_and_the_way_to_the_hub_and_is_said_until_it_is_renewed(
    maker: Maker, tmp_path: Path
) -> None:
    maker.plugin("good")
    maker.plugin("needed", extra=ESSENTIAL)
    maker.plugin("source", SOURCE, permissions=["hub"], extra=ESSENTIAL)
    async with running(tmp_path / "home") as bench:
        source().POLICY.change(signed(5, ends=bench.agent.now() - dt.timedelta(days=1)), keys=[public(HUB)])
        await bench.until("good", PluginState.OFF)
        assert bench.record("needed").state is PluginState.RUNNING
        assert any("policy 'tenant' ended on" in one for one in problems(bench))
        source().POLICY.change(signed(5, ends=bench.agent.now() + dt.timedelta(days=30)))
        await bench.until("good", PluginState.RUNNING)
        assert problems(bench) == []


def test_a_damaged_file_of_pinned_policy_closes_the_scope(tmp_path: Path) -> None:
    home, policy = Home(tmp_path), PinnedPolicy()
    home.pinned_policy.write_text('{"format": 1, "keys": ["?"]')
    PinnedFile(home).restore(policy)
    [problem] = policy.problems
    assert problem.closes
    assert "remove it" in problem.reason


def test_other_keys_forget_what_they_have_not_signed(tmp_path: Path) -> None:
    policy = PinnedPolicy()
    policy.pin([public(HUB), b"short"])
    policy.offer([signed(1)])
    assert policy.brought == Brought(keys=(public(HUB),), envelopes=(signed(1),))
    PinnedFile(Home(tmp_path)).keep(policy.brought)
    table = json.loads(Home(tmp_path).pinned_policy.read_text())
    assert [base64.b64decode(key) for key in table["keys"]] == [public(HUB)]
    policy.pin([public(STRANGER)])
    assert policy.documents == ()


def test_more_documents_than_there_may_be_are_said() -> None:
    policy = PinnedPolicy()
    policy.pin([public(HUB)])
    policy.offer([signed(1)] * 65)
    assert [problem.reason for problem in policy.problems] == [
        "the hub sends more than 64 documents; the rest is not looked at"
    ]


# ---------------------------------------------------------------------------------------------- printers


async def test_printers_that_are_brought_are_known_live_and_after_a_restart_without_their_source(
    maker: Maker, tmp_path: Path
) -> None:
    maker.plugin("source", SOURCE, permissions=["hub"])
    async with running(tmp_path / "home") as bench:
        source().PRINTERS.change(FRONT)
        await bench.poll(lambda: bench.agent.printers.get(FRONT.id), "the printer is known")
        bench.agent.printers.pin(FRONT.id, "ab" * 32)
        with pytest.raises(BadInput, match="brought by source"):
            await bench.agent.control.ask("printers.remove", {"printer": "front"})
    async with running(tmp_path / "home") as bench:
        assert bench.agent.printers.all() == (attrs.evolve(FRONT, fingerprint="ab" * 32),)
        source().PRINTERS.change(attrs.evolve(FRONT, name="Renamed"))
        await bench.poll(lambda: bench.agent.printers.all()[0].name == "Renamed", "it is renamed")
        assert bench.agent.printers.all()[0].fingerprint == "ab" * 32
        await bench.agent.control.ask("printers.trust", {"printer": "front"})
        assert bench.agent.printers.all()[0].fingerprint == ""
        source().PRINTERS.change()
        await bench.poll(lambda: not bench.agent.printers.all(), "it is gone")


async def test_a_printer_of_this_machine_wins_and_the_clash_is_shown(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("source", SOURCE, permissions=["hub"])
    async with running(tmp_path / "home") as bench:
        bench.agent.control.file.add("Front", "ipp://own.example/ipp/print")
        source().PRINTERS.change(FRONT, attrs.evolve(FRONT, id=printer_id("back")))
        await bench.poll(lambda: len(bench.agent.printers.all()) == 2, "both are known")
        await bench.poll(lambda: problems(bench), "the clash is shown")
        assert problems(bench) == ["source brings printers whose ids are taken: front; they are left out"]
        found = bench.agent.printers.get(FRONT.id)
        assert found is not None
        assert found.uri == "ipp://own.example/ipp/print"


async def test_a_source_that_fails_is_charged_and_asked_again(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("source", SOURCE, permissions=["hub"])
    async with running(tmp_path / "home") as bench:
        source().PRINTERS.change("no printer")
        await bench.until("source", PluginState.RUNNING, "it brings a str, no Printer")
        source().PRINTERS.change(FRONT)
        await bench.poll(lambda: bench.agent.printers.get(FRONT.id), "the printer is known")


def test_one_bad_printer_hides_no_other(tmp_path: Path) -> None:
    given, owner = GivenPrinters(Home(tmp_path)), PluginId("source")
    bad = (
        attrs.evolve(FRONT, id=PrinterId("No Id")),
        attrs.evolve(FRONT, id=printer_id("far"), uri="file:///etc/passwd"),
        FRONT,
    )
    given.give(owner, (FRONT, *bad))
    merged, [why] = given.under({})
    assert merged == {FRONT.id: FRONT}
    for part in ("'No Id' is no printer id", "no device URI", "its id is there twice"):
        assert part in why
    given.give(owner, (attrs.evolve(FRONT, uri="ipp://other.example/"),))
    assert given.under({})[1] == ()


@pytest.mark.parametrize(
    ("uri", "reach", "known"),
    [
        ("tympan-share:00000000-0000-4000-8000-000000000001", PrinterReach.FALLBACK, True),
        ("", PrinterReach.TUNNEL, True),
        ("", PrinterReach.FALLBACK, False),
        ("tympan-share:../../etc/passwd", PrinterReach.TUNNEL, False),
        ("tympan-share:", PrinterReach.TUNNEL, False),
    ],
)
def test_a_printer_may_be_a_thing_of_this_machine_or_be_seen_from_elsewhere_alone(
    tmp_path: Path, uri: str, reach: PrinterReach, known: bool
) -> None:
    given = GivenPrinters(Home(tmp_path))
    given.give(PluginId("source"), (attrs.evolve(FRONT, uri=uri, reach=reach),))
    assert (FRONT.id in given.under({})[0]) is known
    again = GivenPrinters(Home(tmp_path))
    again.restore()
    assert again.under({})[0] == given.under({})[0]


def test_no_person_defines_a_printer_as_a_thing_of_this_machine() -> None:
    with pytest.raises(BadInput, match="no device URI"):
        check_printer("Front", "tympan-share:00000000-0000-4000-8000-000000000001")


def test_a_pin_ends_with_the_printers_address(tmp_path: Path) -> None:
    given, owner = GivenPrinters(Home(tmp_path)), PluginId("source")
    given.give(owner, (FRONT,))
    given.pin(FRONT.id, "ab" * 32)
    given.give(owner, (attrs.evolve(FRONT, uri="ipp://other.example/ipp/print"),))
    assert given.under({})[0][FRONT.id].fingerprint == ""


def test_a_damaged_file_of_given_printers_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.given.mkdir()
    (home.given / "source.json").write_text("{")
    (home.given / "NOT-A-PLUGIN.json").write_text("{")
    given = GivenPrinters(home)
    given.restore()
    merged, [why] = given.under({})
    assert merged == {}
    assert "source.json cannot be understood" in why


def test_rules_and_release_points_are_kept_and_never_more_than_can_be_read_again(
    tmp_path: Path,
) -> None:
    given, owner = GivenPrinters(Home(tmp_path)), PluginId("source")
    rules = '"' * DEFAULTS.terms_characters
    pulls = [
        attrs.evolve(FRONT, id=printer_id(f"pull-{at}"), uri="", mode=PrinterMode.PULL, terms=rules) for at in range(40)
    ]
    hall = attrs.evolve(FRONT, id=printer_id("hall"), offered=False, releases=True)
    much = attrs.evolve(pulls[0], id=printer_id("much"), terms=rules + "x")
    nowhere = attrs.evolve(FRONT, id=printer_id("nowhere"), uri="")
    given.give(owner, (hall, much, nowhere, *pulls))
    merged, [why] = given.under({})
    assert merged[hall.id] == hall
    assert 10 < len(merged) < 40
    assert "much: what belongs to it has" in why
    assert "nowhere: '' is no device URI" in why
    again = GivenPrinters(Home(tmp_path))
    again.restore()
    assert again.under({})[0] == merged
