"""In step with the hub: each queue once, only differences, and nothing is lost where something fails."""

from __future__ import annotations

from uuid import UUID

import pytest
import trio
from sharing_stage import laser, stage

from tympan.plugin import (
    NotFound,
    Printer,
    PrinterId,
    QueueCapabilities,
    QueueKind,
    QueueOption,
    QueueState,
    Retry,
    TympanError,
)
from tympan.testing import FakeHost, FakeSpooler
from tympan_wire.hub import SHARES_AT_ONCE, ShareOption, ShareState, ShareWanted

pytestmark = pytest.mark.anyio


async def test_each_queue_is_shared_once_and_told_no_more() -> None:
    async with stage(laser("one", 1), laser("two", 2)) as made:
        await made.until({"one", "two"})
        told = len(made.hub.changes)
        await made.rounds(3)
        assert len(made.hub.changes) == told, "nothing changed"
        share = made.hub.shares[made.hub.names["one"]]
        assert (share.name, share.formats) == ("The one", ("application/pdf",))
        assert [option.name for option in share.options] == ["copies", "print-color-mode", "sides"]


async def test_many_queues_come_in_portions_and_cost_one_request_when_unchanged() -> None:
    queues = [laser(f"q{number}", number) for number in range(SHARES_AT_ONCE * 2 + 5)]
    async with stage(*queues) as made:
        await made.until({queue.name for queue in queues})
        assert max(len(change.put) for change in made.hub.changes) <= SHARES_AT_ONCE
        before, told = made.hub.rounds, len(made.hub.changes)
        await made.rounds()
        assert (made.hub.rounds - before, len(made.hub.changes)) == (1, told)


async def test_a_round_of_a_thousand_unchanged_queues_is_one_small_request_and_asks_no_queue_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queues = [laser(f"q{number}", number) for number in range(1000)]
    async with stage(*queues) as made:
        await made.until({queue.name for queue in queues})
        await trio.sleep(10)
        asked: list[str] = []

        async def capabilities(name: str) -> QueueCapabilities:
            asked.append(name)
            return QueueCapabilities()

        monkeypatch.setattr(made.spooler, "capabilities", capabilities)
        made.hub.sizes.clear()
        await made.rounds()
        assert (len(made.hub.sizes), asked) == (1, [])
        assert made.hub.sizes[0] < 100


async def test_faxes_files_and_our_own_queues_are_never_shared() -> None:
    queues = [
        laser("paper", 1),
        laser("fax", 2, kind=QueueKind.FAX),
        laser("file", 3, kind=QueueKind.FILE),
        laser("own", 4, ours=True),
        laser("class", 5, kind=QueueKind.CLASS),
    ]
    async with stage(*queues) as made:
        await made.until({"paper", "class"})
        why = {one.queue: one.why for one in made.book.standings}
        assert why == {
            "paper": "",
            "class": "",
            "fax": "it is a fax",
            "file": "it prints to a file",
            "own": "it is this agent's own",
        }


async def test_patterns_of_the_machine_and_of_the_tenant_keep_queues_back() -> None:
    queues = [laser(name, number) for number, name in enumerate(("hall-1", "hall-2", "desk", "hall-secret"))]
    async with stage(*queues, allow=("HALL-*",), deny=("*secret*",)) as made:
        await made.until({"hall-1", "hall-2"})
        made.hub.deny = ("hall-2",)
        await made.rounds()
        await made.until({"hall-1"})
        made.hub.deny = ()
        await made.rounds()
        await made.until({"hall-1", "hall-2"})


async def test_what_the_tenant_denies_is_never_told_the_hub() -> None:
    async with stage() as made:
        made.hub.deny = ("*serial=1",)
        await made.rounds()
        made.spooler.change("one", laser("one", 1))
        made.spooler.change("two", laser("two", 2))
        await made.until({"two"})
        assert all(share.queue != "one" for change in made.hub.changes for share in change.put)


async def test_a_renamed_queue_stays_the_share_it_was() -> None:
    async with stage(laser("old")) as made:
        await made.until({"old"})
        before = made.hub.names["old"]
        made.spooler.change("old", laser("new"))
        await made.until({"new"})
        assert made.hub.names["new"] == before
        assert all(not change.gone for change in made.hub.changes)


async def test_a_queue_removed_and_made_again_within_the_time_is_never_gone() -> None:
    async with stage(laser("old")) as made:
        await made.until({"old"})
        made.spooler.change("old", None)
        await made.rounds()
        made.spooler.change("new", laser("new"))
        await made.until({"new"})
        assert all(not change.gone for change in made.hub.changes)


async def test_a_queue_that_is_gone_is_taken_away_and_is_the_same_share_when_it_is_back() -> None:
    async with stage(laser("one", 1), laser("two", 2)) as made:
        await made.until({"one", "two"})
        before = made.hub.names["one"]
        made.spooler.change("one", None)
        await made.until({"two"})
        made.spooler.change("other-name", laser("other-name", 1))
        await made.until({"two", "other-name"})
        assert made.hub.names["other-name"] == before


async def test_a_failed_listing_takes_nothing_away_and_is_told() -> None:
    async with stage(laser("one")) as made:
        await made.until({"one"})
        printer = made.install(made.hub.names["one"])
        made.spooler.queues.clear()
        made.spooler.trouble = TympanError("the print system does not answer", next_step="Start it.")
        await made.rounds(0)
        await trio.sleep(200)
        assert set(made.hub.names) == {"one"}
        assert "stay shared as they were: the print system does not answer" in made.host.noted
        seen = made.host.printers.snapshot(printer.id)
        assert seen is not None
        assert not seen.reachable
        made.spooler.trouble = None
        made.spooler.change("one", laser("one"))
        await trio.sleep(200)
        assert made.host.noted == ""
        assert set(made.hub.names) == {"one"}
        seen = made.host.printers.snapshot(printer.id)
        assert seen is not None
        assert seen.reachable


async def test_no_listing_at_all_tells_the_hub_nothing() -> None:
    async with stage(laser("one")) as made:
        await made.until({"one"})
        host, shares = made.host, made.hub.shares
    again = FakeHost("printer_sharing", settings=host.settings._values)  # a start of the agent
    again.state = host.state
    async with stage(host=again) as made:
        made.spooler.trouble = TympanError("away", next_step="Start it.")
        made.hub.shares.update(shares)
        await trio.sleep(200)
        assert set(made.hub.names) == {"one"}


async def test_a_restart_keeps_every_id() -> None:
    async with stage(laser("one", 1), laser("two", 2)) as made:
        await made.until({"one", "two"})
        before, host = made.hub.names, made.host
    again = FakeHost("printer_sharing", settings=host.settings._values)
    again.state = host.state
    async with stage(laser("one", 1), laser("two", 2), host=again) as made:
        await made.until({"one", "two"})
        assert made.hub.names == before


async def test_a_queue_that_a_starting_system_makes_a_moment_later_is_never_gone() -> None:
    async with stage(laser("one", 1), laser("two", 2)) as made:
        await made.until({"one", "two"})
        shares, host = made.hub.shares, made.host
    again = FakeHost("printer_sharing", settings=host.settings._values)
    again.state = host.state
    async with stage(laser("two", 2), host=again) as made:
        made.hub.shares.update(shares)
        await made.rounds(2)
        made.spooler.change("one", laser("one", 1))
        await trio.sleep(60)
        assert [change.gone for change in made.hub.changes if change.gone] == []
        made.spooler.change("one", None)
        await made.until({"two"})


async def test_a_queue_that_went_while_the_agent_was_off_is_gone_soon() -> None:
    async with stage(laser("one", 1), laser("two", 2)) as made:
        await made.until({"one", "two"})
        shares, host = made.hub.shares, made.host
    again = FakeHost("printer_sharing", settings=host.settings._values)
    again.state = host.state
    async with stage(laser("two", 2), host=again) as made:
        made.hub.shares.update(shares)
        with trio.fail_after(20):
            await made.until({"two"})


async def test_a_queue_that_tells_nothing_after_a_restart_is_not_said_to_be_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage(laser("one", 1), laser("two", 2)) as made:
        await made.until({"one", "two"})
        shares, host = made.hub.shares, made.host
    again, tell = FakeHost("printer_sharing", settings=host.settings._values), FakeSpooler.capabilities
    again.state = host.state

    async def busy(spooler: FakeSpooler, name: str) -> QueueCapabilities:
        if name == "one":
            raise NotFound("its driver is away")
        return await tell(spooler, name)

    monkeypatch.setattr(FakeSpooler, "capabilities", busy)
    async with stage(laser("one", 1), laser("two", 2), host=again) as made:
        made.hub.shares.update(shares)
        await made.rounds(2)
        assert [change.gone for change in made.hub.changes if change.gone] == []
        printer = made.install(next(one for one in shares if shares[one].queue == "one"))
        await made.rounds(2)
        seen = made.host.printers.snapshot(printer.id)
        assert seen is not None
        assert seen.detail == "The print system does not tell what its queue can do."
        made.spooler.change("one", None)
        await made.until({"two"})


async def test_a_changed_option_of_the_driver_is_told_alone() -> None:
    async with stage(laser("one", 1), laser("two", 2)) as made:
        await made.until({"one", "two"})
        duplex = QueueOption(name="sides", values=("one-sided", "two-sided-long-edge"), default="two-sided-long-edge")
        made.spooler.abilities["one"] = QueueCapabilities(media_types=("application/pdf",), options=(duplex,))
        made.hub.changes.clear()
        made.spooler.change("one", laser("one", 1, revision="2"))
        with trio.fail_after(300):
            while not made.hub.changes:
                await trio.sleep(0.1)
        [change] = made.hub.changes
        [share] = change.put
        assert (share.queue, share.options[0].default) == ("one", "two-sided-long-edge")


async def test_two_changes_within_one_second_are_both_told() -> None:
    async with stage(laser("one")) as made:
        await made.until({"one"})
        await trio.sleep(20)
        for default in ("one-sided", "two-sided-long-edge"):
            option = QueueOption(name="sides", values=("one-sided", "two-sided-long-edge"), default=default)
            made.spooler.abilities["one"] = QueueCapabilities(media_types=("application/pdf",), options=(option,))
            made.spooler.change("one", laser("one", revision="2"))
            await trio.sleep(0.5)
        await trio.sleep(20)
        [share] = made.hub.shares.values()
        assert share.options[0].default == "two-sided-long-edge"


async def test_how_a_queue_stands_is_told_without_what_it_is() -> None:
    async with stage(laser("one")) as made:
        await made.until({"one"})
        [before] = made.hub.shares.values()
        made.spooler.change("one", laser("one", state=QueueState.STOPPED, reasons=("paused",)))
        with trio.fail_after(300):
            while not (told := made.hub.shares[before.id]).reasons:
                await trio.sleep(0.1)
        assert (told.state, told.reasons, told.hash) == (ShareState.STOPPED, ("paused",), before.hash)


async def test_a_queue_that_prints_again_after_a_restart_of_the_agent_is_told() -> None:
    async with stage(laser("one", state=QueueState.STOPPED)) as made:
        await made.until({"one"})
        await trio.sleep(5)
        host, shares = made.host, made.hub.shares
    again = FakeHost("printer_sharing", settings=host.settings._values)
    again.state = host.state
    async with stage(host=again) as made:
        made.hub.shares.update(shares)
        made.spooler.change("one", laser("one"))
        with trio.fail_after(300):
            while next(iter(made.hub.shares.values())).state is ShareState.STOPPED:
                await trio.sleep(0.1)


async def test_what_somebody_took_away_in_the_portal_is_not_registered_again_until_they_allow_it() -> None:
    async with stage(laser("one", 1), laser("two", 2)) as made:
        await made.until({"one", "two"})
        share = made.hub.names["one"]
        made.hub.stop(share)
        await made.rounds(3)
        assert set(made.hub.names) == {"two"}
        assert await made.book.target(share, 0.1) is None
        why = {one.queue: one.why for one in (await made.book.shared()).queues}
        assert why == {"one": "it was taken away at the hub", "two": ""}
        made.hub.wanted.clear()
        await made.rounds()
        await made.until({"one", "two"})
        assert made.hub.names["one"] == share


async def test_what_is_allowed_again_is_never_told_to_be_gone() -> None:
    async with stage(laser("one", 1), laser("two", 2)) as made:
        await made.until({"one", "two"})
        share = made.hub.shares[made.hub.names["one"]]
        made.hub.stop(share.id)
        await made.rounds(2)
        made.hub.changes.clear()
        made.hub.shares[share.id] = share  # a printer again, at once
        made.hub.wanted.clear()
        await made.rounds(2)
        assert set(made.hub.names) == {"one", "two"}
        assert [change.gone for change in made.hub.changes if change.gone] == []


async def test_a_queue_that_another_computer_shares_is_not_said_to_be_gone_from_this_one() -> None:
    async with stage(laser("one")) as made:
        await made.until({"one"})
        theirs = Printer(id=PrinterId("theirs"), name="Theirs", uri=f"tympan-share:{UUID(int=9)}")
        made.host.printers.add(theirs)
        made.spooler.change("two", laser("two", 2))
        await made.until({"one", "two"})
        assert made.host.printers.snapshot(theirs.id) is None


async def test_defaults_of_the_tenant_reach_the_jobs_of_a_share() -> None:
    async with stage(laser("one")) as made:
        await made.until({"one"})
        share = made.hub.names["one"]
        grey = ShareOption(name="print-color-mode", values=("monochrome",), default="monochrome")
        made.hub.wanted[share] = ShareWanted(id=share, printer="p", defaults=(grey,))
        await made.rounds()
        target = await made.book.target(share, 1)
        assert target is not None
        assert (target.queue, target.defaults) == ("one", (grey,))


class Away(TympanError):
    """The hub does not answer now."""

    retry = Retry.LATER


async def test_a_hub_that_is_away_is_asked_again() -> None:
    async with stage() as made:
        made.hub.trouble = Away("no answer", next_step="Wait.")
        made.spooler.change("one", laser("one"))
        await trio.sleep(100)
        made.hub.trouble = None
        await made.until({"one"})


async def test_a_hub_that_knows_no_shares_is_asked_seldom_and_at_a_notice_at_once() -> None:
    async with stage(laser("one")) as made:
        made.hub.trouble = TympanError("there is no such thing here")
        await trio.sleep(400)
        assert sum(message.startswith("the hub could not be told") for message, _ in made.host.logged) <= 2
        made.hub.trouble = None
        await made.rounds()
        await made.until({"one"})


async def test_a_queue_that_does_not_tell_what_it_can_do_is_not_shared_and_hinders_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage() as made:
        tell = made.spooler.capabilities

        async def silent(name: str) -> QueueCapabilities:
            if name == "mute":
                raise NotFound("nobody knows")
            return await tell(name)

        monkeypatch.setattr(made.spooler, "capabilities", silent)
        made.spooler.change("mute", laser("mute", 1))
        made.spooler.change("two", laser("two", 2))
        await made.until({"two"})
        assert {one.queue: bool(one.why) for one in made.book.standings} == {"mute": True, "two": False}
