"""``kill -9`` at seeded random moments: everything accepted is printed exactly once or stands as unknown, and no
readable byte is ever found in the state folder.
"""

from __future__ import annotations

import functools
import json
import random
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from rig import Agent, agent

from tympan_net.ipp_client import IppClient, PeerError
from tympan_sim import Profile, Site, run_printers
from tympan_wire.ipp import attr

pytestmark = [pytest.mark.anyio, pytest.mark.system]

MARKER = b"CONFIDENTIAL-SALARIES-"
SENDERS = 3
DRAIN_S = 600.0
FINAL = ("completed", "unknown", "canceled", "aborted")
IPP_OVER = (7, 8, 9)


@attrs.define
class Ledger:
    """What clients were told, by job name: ``accepted`` got a successful answer, ``tried`` may have or not."""

    tried: set[str] = attrs.field(factory=set)
    accepted: set[str] = attrs.field(factory=set)


def document(name: str, size: int) -> bytes:
    """A text whose every line tells which document it is."""
    line = MARKER + name.encode() + b"\n"
    return line * (size // len(line) + 1)


async def send(uri: str, name: str, body: bytes, ledger: Ledger, two_steps: bool) -> None:
    """Prints one document as a spooler does; a broken connection is no answer."""
    ledger.tried.add(name)
    title = attr.name_("job-name", MARKER.decode() + name)
    try:
        async with IppClient(uri, user="ada") as client:
            if two_steps:
                handle = await client.create_job([title])
                await client.send_document(handle.job_id, body, "text/plain", last=True)
            else:
                await client.print_job(body, "text/plain", [title])
    except PeerError:
        return
    ledger.accepted.add(name)


async def keep_sending(uri: str, dice: random.Random, ledger: Ledger, prefix: str) -> None:
    """Documents of many sizes, one after the other, until cancelled."""
    number = 0
    while True:
        number += 1
        name = f"{prefix}-{number:03d}"
        body = document(name, dice.choice((200, 9_000, 70_000, 400_000)))
        await send(uri, name, body, ledger, dice.random() < 0.6)
        await trio.sleep(dice.random() * 0.05)


async def crash_once(running: Agent, uri: str, dice: random.Random, ledger: Ledger, prefix: str) -> None:
    """Starts the agent, prints, and pulls the plug at a random moment."""
    await running.start()
    async with trio.open_nursery() as nursery:
        for sender in range(SENDERS):
            nursery.start_soon(keep_sending, uri, dice, ledger, f"{prefix}-{sender}")
        await trio.sleep(dice.random() ** 2 * 0.8)
        await running.kill9()
        nursery.cancel_scope.cancel()


def plaintext_in(folder: Path) -> list[Path]:
    """Files of the state folder in which a word of a document, a job's name or its user is readable."""
    return [path for path in folder.rglob("*") if path.is_file() and MARKER in path.read_bytes()]


async def drained(running: Agent) -> list[dict[str, Any]]:
    """Waits until every job ended or is unknown; returns them all."""
    with trio.fail_after(DRAIN_S):
        while True:
            rows: list[dict[str, Any]] = await running.ask("jobs.list")
            if all(row["state"] in FINAL for row in rows):
                return rows
            await trio.sleep(0.2)


async def storm(tmp_path: Path, seed: int, crashes: int) -> None:
    """The test: ``crashes`` times a power cut, then the reckoning."""
    dice = random.Random(seed)
    ledger = Ledger()
    device = Profile(name="eve", pages_per_s=40.0, history_jobs=5000, queued_jobs=500, formats=("text/plain",))
    async with trio.open_nursery() as nursery:
        site: Site = await nursery.start(functools.partial(run_printers, [device], directory=tmp_path / "paper"))
        async with agent(tmp_path / "home", started=False, env={"TYMPAN_KEYS": "file"}) as running:
            added = json.loads(await running.tympan("printers", "add", "Eve", "--uri", site["eve"].uri, "--json"))
            uri = f"ipp://127.0.0.1:{running.port}/ipp/print/{added['id']}"
            for number in range(crashes):
                await crash_once(running, uri, dice, ledger, f"{seed}-{number:03d}")
                assert plaintext_in(running.home) == [], f"after crash {number}"
            await running.start()
            rows = await drained(running)
            printed = [record.name.removeprefix(MARKER.decode()) for record in site["eve"].journal]
            assert plaintext_in(running.home) == []
        nursery.cancel_scope.cancel()
    reckon(ledger, rows, printed)


def reckon(ledger: Ledger, rows: list[dict[str, Any]], printed: list[str]) -> None:
    """Nothing lost, nothing twice, and the test really tested."""
    unknown = {row["name"].removeprefix(MARKER.decode()) for row in rows if row["state"] == "unknown"}
    twice = {name for name in printed if printed.count(name) > 1}
    lost = ledger.accepted - set(printed) - unknown
    strange = set(printed) - ledger.tried
    told = f"{len(ledger.accepted)} accepted of {len(ledger.tried)}, {len(printed)} printed, {len(unknown)} unknown"
    assert (twice, lost, strange) == (set(), set(), set()), told
    assert len(ledger.accepted) > len(ledger.tried) // 4, told
    assert len(unknown) <= len(ledger.tried) // 20, told
    print(told)


async def test_nothing_is_lost_and_nothing_printed_twice_over_power_cuts(tmp_path: Path) -> None:
    await storm(tmp_path, seed=20260, crashes=6)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_nothing_is_lost_and_nothing_printed_twice_over_two_hundred_power_cuts(tmp_path: Path, seed: int) -> None:
    await storm(tmp_path, seed=seed, crashes=60)
