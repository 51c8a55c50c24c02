"""A machine that fails the agent: full and read-only disks, a taken port, a wrong clock, a locked keyring, bad files.

Each is told with cause and next step, loses nothing accepted, and is over when its cause is over.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import random
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
from rig import Agent, agent, free_port, wait_for_device, wait_until
from rig._hostile_machine import fill, keyring, refused_start, small_disk, taken_port, wall_clock

from tympan_net.ipp_client import IppClient, IppStatusError, PeerError
from tympan_sim import Profile, Site, run_printers
from tympan_wire.ipp import attr

pytestmark = [pytest.mark.anyio, pytest.mark.system]

FAILED, UNAVAILABLE = 1, 6
FILES = {"TYMPAN_KEYS": "file"}
PAPER_S = 60.0
FORMATS = ("text/plain",)


@asynccontextmanager
async def device(tmp_path: Path) -> AsyncIterator[Site]:
    profile = Profile(name="eve", formats=FORMATS, history_jobs=1000)
    async with trio.open_nursery() as nursery:
        site: Site = await nursery.start(functools.partial(run_printers, [profile], directory=tmp_path / "paper"))
        yield site
        nursery.cancel_scope.cancel()


async def printer(running: Agent, site: Site) -> str:
    added = await running.ask("printers.add", name="Eve", uri=site["eve"].uri)
    await wait_for_device(running, added["id"])
    return f"ipp://127.0.0.1:{running.port}/ipp/print/{added['id']}"


def document(name: str, size: int) -> bytes:
    return f"{name}\n".encode() * (size // (len(name) + 1))


async def send(uri: str, name: str, size: int = 500) -> None:
    async with IppClient(uri, user="ada") as client:
        await client.print_job(document(name, size), "text/plain", [attr.name_("job-name", name)])


async def on_paper(site: Site, *names: str) -> None:
    """Each of the jobs is printed once, and nothing else."""

    async def all_there() -> bool:
        return {record.name for record in site["eve"].journal} >= set(names)

    await wait_until(all_there, f"{names} on paper", timeout_s=PAPER_S)
    assert sorted(record.name for record in site["eve"].journal) == sorted(names)


async def listed(running: Agent) -> dict[str, str]:
    rows: list[dict[str, Any]] = await running.ask("jobs.list")
    return {row["name"]: row["state"] for row in rows}


async def problems(running: Agent) -> str:
    status = json.loads(await running.tympan("status", "--json"))
    return " ".join(status["problems"])


async def eventually_said(running: Agent, *words: str) -> None:
    async def said() -> bool:
        return all(word in running.output() for word in words)

    await wait_until(said, f"the log to say {words}", timeout_s=30)


def clear(said: str, *words: str) -> None:
    """What a person is told: one sentence with the cause, one with the next step, and no traceback."""
    assert "Traceback" not in said
    for word in words:
        assert word in said


# ------------------------------------------------------------------ the state folder


async def test_a_state_folder_below_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = await refused_start(tmp_path / "file" / "home", free_port())
    assert told.status == UNAVAILABLE
    clear(told.said, str(tmp_path / "file"), "TYMPAN_HOME")


async def test_a_state_folder_used_by_another_agent_is_named_and_the_other_goes_on(tmp_path: Path) -> None:
    async with device(tmp_path) as site, agent(tmp_path / "home", env=FILES) as running:
        uri = await printer(running, site)
        told = await refused_start(running.home, free_port())
        assert told.status == UNAVAILABLE
        clear(told.said, "Another agent uses the state folder", str(running.home), "TYMPAN_HOME")
        await send(uri, "still-here")
        await on_paper(site, "still-here")

        async def told_completed() -> bool:
            return await listed(running) == {"still-here": "completed"}

        await wait_until(told_completed, "the other agent to tell its job's end", timeout_s=PAPER_S)


@pytest.mark.parametrize(
    ("where", "next_step"),
    [
        ("store/store.db", "Restore the folder from a backup"),
        ("keys/origin", "if the keys lie beside it"),
        ("keys/store", "Bring back the key"),
    ],
)
async def test_a_damaged_file_is_named_and_the_backup_brings_every_job_back(
    tmp_path: Path, where: str, next_step: str
) -> None:
    async with device(tmp_path) as site, agent(tmp_path / "home", env=FILES) as running:
        uri = await printer(running, site)
        site["eve"].order("offline")
        await send(uri, "small")
        await send(uri, "large", 900_000)
        assert await running.stop() == 0
        shutil.copytree(running.home, tmp_path / "backup")
        damage(running.home / where)
        told = await refused_start(running.home, running.port)
        assert told.status in (FAILED, UNAVAILABLE)
        clear(told.said, str(running.home), next_step)
        shutil.rmtree(running.home)
        shutil.copytree(tmp_path / "backup", running.home)
        site["eve"].clear()
        await running.start()
        await on_paper(site, "small", "large")


def damage(path: Path) -> None:
    """Overwrites the first page, whatever is in it."""
    content = path.read_bytes()
    path.write_bytes(random.Random(1).randbytes(min(len(content), 4096)) + content[4096:])


@pytest.mark.parametrize("page", [1, *(pytest.param(each, marks=pytest.mark.soak) for each in (2, 3)), 5])
async def test_one_damaged_page_never_prints_anything_wrong(tmp_path: Path, page: int) -> None:
    async with device(tmp_path) as site, agent(tmp_path / "home", env=FILES) as running:
        uri = await printer(running, site)
        site["eve"].order("offline")
        for number in range(4):
            await send(uri, f"job-{number}", 20_000)
        assert await running.stop() == 0
        path = running.home / "store" / "store.db"
        content = bytearray(path.read_bytes())
        content[page * 4096 : page * 4096 + 4096] = random.Random(page).randbytes(4096)
        path.write_bytes(content)
        site["eve"].clear()
        await starts_or_tells(running)
        good = {hashlib.sha256(document(f"job-{number}", 20_000)).hexdigest() for number in range(4)}
        assert {record.sha256 for record in site["eve"].journal} <= good


async def starts_or_tells(running: Agent) -> None:
    told = await refused_or_none(running)
    if told is not None:
        clear(told, "damaged" if "damaged" in told else "does not verify", "backup")


async def refused_or_none(running: Agent) -> str | None:
    before = len(running.output())
    try:
        await running.start()
    except RuntimeError:
        return running.output()[before:]
    return None


# ------------------------------------------------------------------ files people edit


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        pytest.param(b"\xff\xfe", marks=pytest.mark.soak),
        pytest.param(b'{"format": 99, "printers": []}', marks=pytest.mark.soak),
        b'{"format": 1, "printers": [{"id": "../x", "name": "", "uri": 5}]}',
    ],
)
async def test_a_damaged_printers_file_changes_nothing_and_is_told_until_mended(tmp_path: Path, content: bytes) -> None:
    async with device(tmp_path) as site, agent(tmp_path / "home", env=FILES) as running:
        uri = await printer(running, site)
        path = running.home / "printers.json"
        kept = path.read_bytes()
        path.write_bytes(content)

        async def told() -> bool:
            return str(path) in await problems(running)

        async def over() -> bool:
            return not await problems(running)

        await wait_until(told, "the problem to be shown", timeout_s=30, every_s=0.3)
        await send(uri, "meanwhile")
        await on_paper(site, "meanwhile")
        path.write_bytes(kept)
        await wait_until(over, "the problem to be over", timeout_s=30, every_s=0.3)
        await send(uri, "afterwards")
        await on_paper(site, "meanwhile", "afterwards")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tenant.json", b"{}"),
        pytest.param("tenant.json", bytes(5000), marks=pytest.mark.soak),
        ("nonsense.json", b"{}"),
    ],
)
async def test_a_policy_that_cannot_be_read_closes_everything_until_mended(
    tmp_path: Path, name: str, content: bytes
) -> None:
    async with device(tmp_path) as site, agent(tmp_path / "home", env=FILES) as running:
        uri = await printer(running, site)
        site["eve"].order("offline")
        await send(uri, "accepted-before")
        path = running.home / "policy" / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(content)

        async def closed() -> bool:
            return "policy cannot be used" in await running.tympan("plugins", check=False)

        await wait_until(closed, "the policy to close everything", timeout_s=30, every_s=0.3)
        site["eve"].clear()
        path.unlink()
        await prints_again(uri, "afterwards")
        await on_paper(site, "accepted-before", "afterwards")


async def prints_again(uri: str, name: str) -> None:
    """Prints as soon as it can: a capability that was off is coming back."""

    async def taken() -> bool:
        try:
            await send(uri, name)
        except PeerError:
            return False
        return True

    await wait_until(taken, f"{name} to be taken", timeout_s=30, every_s=0.3)


async def test_damaged_settings_stop_nothing_that_runs_and_are_named(tmp_path: Path) -> None:
    async with device(tmp_path) as site, agent(tmp_path / "home", env=FILES) as running:
        uri = await printer(running, site)
        (running.home / "settings.toml").write_bytes(b"[ipp_endpoint\n")

        async def told() -> bool:
            rows = await running.ask("plugins")
            running_now = [row for row in rows if row["status"] == "running"]
            return bool(running_now) and all("settings.toml cannot be read" in row["reason"] for row in running_now)

        await wait_until(told, "the plugins to name the file", timeout_s=30, every_s=0.3)
        await send(uri, "meanwhile")
        await on_paper(site, "meanwhile")
        (running.home / "settings.toml").unlink()
        await prints_again(uri, "afterwards")
        await on_paper(site, "meanwhile", "afterwards")
        assert "Traceback" not in running.output()


# ------------------------------------------------------------------ port, clock, keyring


async def test_a_taken_port_is_named_and_taken_over_when_it_is_free(tmp_path: Path) -> None:
    port = free_port()
    async with device(tmp_path) as site, agent(tmp_path / "home", port=port, env=FILES, started=False) as running:
        async with taken_port(port):
            await started_without_site(running)
            await eventually_said(running, f"{port}", "listen")
        await answering(running)
        uri = await printer(running, site)
        await send(uri, "after-all")
        await on_paper(site, "after-all")


async def started_without_site(running: Agent) -> None:
    async def runs() -> bool:
        return "the agent runs" in running.output()

    await running.program.start(runs, timeout_s=60)


async def answering(running: Agent) -> None:
    async def answers() -> bool:
        return (running.home / "run" / "agent.json").exists()

    await wait_until(answers, "the site to listen", timeout_s=90)


async def test_a_clock_that_jumps_loses_nothing_and_prints_nothing_twice(tmp_path: Path) -> None:
    clock = wall_clock(tmp_path)
    async with device(tmp_path) as site, agent(tmp_path / "home", env={**FILES, **clock.env}) as running:
        uri = await printer(running, site)
        await send(uri, "today")
        await on_paper(site, "today")
        clock.shift(-400 * 86400)
        await send(uri, "last-year")
        await on_paper(site, "today", "last-year")
        site["eve"].order("offline")
        await send(uri, "held-last-year")
        assert await running.stop() == 0
        clock.shift(30 * 365 * 86400)
        await running.start()
        site["eve"].clear()
        await on_paper(site, "today", "last-year", "held-last-year")

        async def all_over() -> bool:
            return set((await listed(running)).values()) == {"completed"}

        await wait_until(all_over, "every job to be completed", timeout_s=30, every_s=0.3)
        created = {row["name"]: row["created_at"] for row in await running.ask("jobs.list")}
        assert created["last-year"] < created["today"]
        assert "Traceback" not in running.output()


async def test_a_locked_keyring_is_named_and_unlocking_it_brings_every_job_back(tmp_path: Path) -> None:
    ring = keyring(tmp_path)
    async with device(tmp_path) as site, agent(tmp_path / "home", env=ring.env) as running:
        uri = await printer(running, site)
        site["eve"].order("offline")
        await send(uri, "sealed")
        assert await running.stop() == 0
        ring.lock()
        told = await refused_start(running.home, running.port, ring.env)
        assert told.status == UNAVAILABLE
        clear(told.said, "keyring is locked", "Unlock it")
        told = await refused_start(running.home, running.port, {"TYMPAN_KEYS": "file", **without_keyring(ring.env)})
        assert told.status != 0
        clear(told.said, "keyring")
        ring.unlock()
        site["eve"].clear()
        await running.start()
        await on_paper(site, "sealed")


def without_keyring(env: Mapping[str, str]) -> dict[str, str]:
    """No keyring at all: the agent must not take to files, where it would make other keys."""
    return {"PYTHONPATH": env["PYTHONPATH"], "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


# ------------------------------------------------------------------ disks


if os.getuid() == 0:

    @pytest.fixture
    def disk() -> Iterator[Path]:
        with small_disk(96) as path:
            yield path

    async def test_a_full_disk_refuses_what_is_new_and_finishes_what_was_accepted(tmp_path: Path, disk: Path) -> None:
        async with device(tmp_path) as site, agent(disk / "home", env=FILES) as running:
            uri = await printer(running, site)
            site["eve"].order("offline")
            await send(uri, "before-small")
            await send(uri, "before-large", 900_000)
            filler = fill(disk)
            with pytest.raises(IppStatusError, match="space"):
                await send(uri, "too-late", 3_000_000)
            site["eve"].clear()
            await on_paper(site, "before-small", "before-large")
            filler.unlink()
            await send(uri, "after", 900_000)
            await on_paper(site, "before-small", "before-large", "after")
            assert "Traceback" not in running.output()

    async def test_killed_on_a_full_disk_it_tells_why_or_starts_and_keeps_every_job(tmp_path: Path, disk: Path) -> None:
        async with device(tmp_path) as site, agent(disk / "home", env=FILES) as running:
            uri = await printer(running, site)
            site["eve"].order("offline")
            await send(uri, "small")
            await send(uri, "large", 900_000)
            filler = fill(disk)
            await running.kill9()
            fill(disk)
            told = await refused_or_none(running)
            if told is not None:
                clear(told, "No space is left", "Free some space")
            await running.kill9()
            filler.unlink()
            site["eve"].clear()
            await running.start()
            await on_paper(site, "small", "large")

    async def test_a_full_disk_at_first_start_is_named(disk: Path) -> None:
        filler = fill(disk)
        told = await refused_start(disk / "home", free_port())
        assert told.status == UNAVAILABLE
        clear(told.said, str(disk), "space")
        filler.unlink()
        async with agent(disk / "home", env=FILES) as running:
            assert await problems(running) == ""

    async def test_a_read_only_disk_is_named_and_over_when_it_is_writable(tmp_path: Path, disk: Path) -> None:
        async with device(tmp_path) as site, agent(disk / "home", env=FILES) as running:
            uri = await printer(running, site)
            site["eve"].order("offline")
            await send(uri, "kept")
            assert await running.stop() == 0
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
            told = await refused_start(running.home, running.port)
            assert told.status == UNAVAILABLE
            clear(told.said, str(running.home), "writable")
            subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
            site["eve"].clear()
            await running.start()
            await on_paper(site, "kept")

else:

    async def test_a_file_size_limit_refuses_what_is_new_and_finishes_what_was_accepted(tmp_path: Path) -> None:
        async with device(tmp_path) as site, agent(tmp_path / "home", env=FILES) as running:
            uri = await printer(running, site)
            site["eve"].order("offline")
            await send(uri, "before")
            limit(running.pid, 1 << 20)
            with pytest.raises(IppStatusError, match="space"):
                await send(uri, "too-late", 3_000_000)
            site["eve"].clear()
            await on_paper(site, "before")

    def limit(pid: int, size: int) -> None:
        import resource

        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
