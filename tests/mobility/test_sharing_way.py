"""From another computer, sealed through the hub, to a queue with a driver: as it was ordered, and once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from itertools import count
from typing import Final

import pytest
import trio
from rig import agent_jobs, run, run_lp
from sharing_rig import LETTER, QUEUE, SharedWay, add_queue_of, shared_way, until

from tympan_hub.domain.ids import PrinterId
from tympan_wire.ipp import Resolution, attr

pytestmark = [pytest.mark.anyio, pytest.mark.system]
SEED: Final = 7
WITHIN_S: Final = 1.2
"""Of printing: about as long as a job takes whose device does not wait."""
HELD_UP: Final = 0.4
"""Share of jobs whose device waits for paper until the computer is back."""


@pytest.fixture(scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SharedWay]:
    async with shared_way(tmp_path_factory.mktemp("shared")) as made:
        yield made


async def test_what_was_ordered_elsewhere_reaches_the_device_behind_the_queue(here: SharedWay) -> None:
    await here.print(
        "Ordered",
        attr.integer("copies", 3),
        attr.keyword("sides", "two-sided-short-edge"),
        attr.keyword("print-color-mode", "monochrome"),
        attr.keyword("media", "iso_a3_297x420mm"),
        attr.resolution("printer-resolution", Resolution(300, 300, 3)),
    )
    job = await here.over("Ordered")
    assert job.state == "completed"
    [kept] = here.printed("Ordered")
    wanted = {"Duplex": "DuplexTumble", "ColorModel": "Gray", "media": "iso_a3_297x420mm", "copies": "3"}
    told = {**kept.options, "copies": kept.options.get("copies", kept.copies)}
    assert {name: told.get(name) for name in wanted} == wanted, kept.options
    assert kept.user == "ben (elsewhere)", "nobody at this computer is taken for its owner"
    assert kept.data.startswith(b"%PDF")


async def test_what_was_chosen_in_a_queue_of_another_computer_reaches_the_device_behind_the_shared_one(
    here: SharedWay,
) -> None:
    """Paper comes by its measures from there, as CUPS orders it."""
    await here.home.tympan("printers", "install", here.printer, "--queue", "far")
    ordered = {"copies": "2", "media": "A3", "InputSlot": "Manual", "MediaType": "Transparency", "sides": "one-sided"}
    await run_lp(here.home_cups.server, "far", LETTER, {**ordered, "print-color-mode": "monochrome"}, title="Chosen")

    async def taken() -> bool:
        return "Chosen" in await here.jobs()

    await until(taken, "CUPS to hand the job over")
    assert (await here.over("Chosen")).state == "completed"
    [kept] = here.printed("Chosen")
    wanted = {"media": "iso_a3_297x420mm", "InputSlot": "ManualFeed", "MediaType": "Transparency", "Duplex": "None"}
    assert {name: kept.options.get(name) for name in wanted} == wanted, kept.options
    assert (kept.options["ColorModel"], kept.copies) == ("Gray", "2")


async def test_an_option_of_the_drivers_own_is_ordered_by_its_name_from_another_computer(here: SharedWay) -> None:
    further = ("-o", "x-EXToner=Save", "-o", "media-source=tray-1", "-o", "media-type=transparency")
    await here.home.tympan("print", "--printer", here.printer, "--title", "Own", "--wait", *further, str(LETTER))
    [kept] = here.printed("Own")
    wanted = {"EXToner": "Save", "InputSlot": "Tray1", "MediaType": "Transparency"}
    assert {name: kept.options.get(name) for name in wanted} == wanted, kept.options


async def test_a_job_of_another_computer_canceled_there_is_canceled_at_the_queue(here: SharedWay) -> None:
    (here.folder / "wait").touch()
    try:
        await here.print("Canceled")
        job = (await here.jobs())["Canceled"]

        async def printing() -> None:
            while (await here.jobs())["Canceled"].state not in ("printing", "sending"):
                await trio.sleep(0.1)
            while not any(one.state == "printing" for one in (await here.jobs(here.near)).values()):
                await trio.sleep(0.1)

        with trio.fail_after(60):
            await printing()
        await here.home.tympan("cancel", str(job.number))
        assert (await here.over("Canceled")).state == "canceled"
    finally:
        (here.folder / "wait").unlink()
    assert here.printed("Canceled") == []


async def test_the_portal_follows_the_queue_and_the_jobs_follow_the_portal(here: SharedWay) -> None:
    share = (await here.shown()).share.id
    await run(["lpadmin", "-h", here.cups.server, "-p", QUEUE, "-o", "InputSlot=ManualFeed"])

    async def tray_shown() -> bool:
        told = {option.name: option.value for option in (await here.shown()).options}
        return told["media-source"] == "manual"

    await until(tray_shown, "the portal to show the driver's new default")
    await here.at_hub(
        lambda services, tenant, by: services.sharing.set_default(tenant, by, share, "sides", "two-sided-long-edge")
    )
    tries = count(1)

    async def both_sides() -> bool:
        title = f"Silent {next(tries)}"
        await here.print(title)
        assert (await here.over(title)).state == "completed"
        [kept] = here.printed(title)
        return kept.options.get("Duplex") == "DuplexNoTumble"

    await until(both_sides, "what the tenant set to reach a job that says nothing of it")
    await run(["lpadmin", "-h", here.cups.server, "-x", QUEUE])
    await add_queue_of(here.cups, here.folder, "renamed", 1)

    async def renamed() -> bool:
        return (await here.shown()).share.told.queue == "renamed"

    await until(renamed, "the portal to show the queue's new name")
    await here.print("After")
    assert (await here.over("After")).state == "completed"
    assert len(here.printed("After")) == 1
    await here.at_hub(lambda services, tenant, by: services.sharing.stop(tenant, by, share))

    async def gone() -> bool:
        return not await here.known_at_home()

    await until(gone, "the other computer to lose the printer")
    await here.at_hub(lambda services, tenant, by: services.sharing.allow(tenant, by, share))
    await until(here.known_at_home, "the other computer to have it again")


async def test_what_waits_for_a_computer_that_is_off_ends_where_it_came_from_when_its_printer_is_removed(
    here: SharedWay,
) -> None:
    share = (await here.shown()).share.id
    await here.near.kill9()
    await here.print("Waits")

    async def at_the_hub() -> bool:
        return "given to the hub" in await here.home.tympan("job", str((await here.jobs())["Waits"].number))

    await until(at_the_hub, "the job to wait at the hub")
    await here.at_hub(lambda services, tenant, by: services.printers.remove(tenant, by, PrinterId(here.printer)))
    job = await here.over("Waits")
    assert (job.state, job.detail) == (
        "aborted",
        "Its printer was removed at the hub before any of it was printed.",
    )
    await here.at_hub(lambda services, tenant, by: services.sharing.allow(tenant, by, share))
    await here.near.start()
    await until(here.known_at_home, "the other computer to have it again")
    await here.print("Again")
    assert (await here.over("Again")).state == "completed"
    assert here.printed("Waits") == []


@pytest.mark.parametrize("points", [6, pytest.param(100, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])])
async def test_a_job_comes_out_once_wherever_the_computer_that_shares_is_killed(here: SharedWay, points: int) -> None:
    """Over fetching, handing to the queue, and following: each kill at a moment drawn from the seed."""
    dice, hit, ended = random.Random(SEED), Counter[str](), Counter[str]()
    for number in range(points):
        title, waits = f"kill-{points}-{number}", dice.random() < HELD_UP
        if waits:
            (here.folder / "wait").touch()
        await here.print(title)
        await trio.sleep(dice.uniform(0.0, WITHIN_S))
        hit[await _stage(here)] += 1
        await here.near.kill9()
        await here.near.start()
        (here.folder / "wait").unlink(missing_ok=True)
        job = await here.over(title)
        came = len(here.printed(title))
        assert came <= 1, f"{title} came out {came} times"
        assert (job.state == "completed" and came == 1) or job.state == "unknown", (title, job.state, came)
        ended[job.state] += 1
    print(f"killed while {dict(hit)}, ended {dict(ended)}")


async def _stage(here: SharedWay) -> str:
    """How far the newest job had come at the computer that shares."""
    newest = max(await agent_jobs(here.near), key=lambda job: job.number, default=None)
    return "fetching" if newest is None or newest.over else newest.state
