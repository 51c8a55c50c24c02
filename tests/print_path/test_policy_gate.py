"""Off means off, in the real agent: nothing imported, no socket open; on and off again while it runs, nothing lost."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
import trio
from rig import Agent, agent, answers_http, free_port, run, wait_until
from rig._agent import COMMAND

from tympan_sim import Profile, Site, run_printers

pytestmark = [pytest.mark.anyio, pytest.mark.system]

CAPABILITIES = {
    "local_site": "local.site",
    "ipp_endpoint": "endpoint.ipp",
    "ipp_submission": "submission.ipp",
    "document_stats": "statistics.document",
    "spool_cups": "spool.cups",
    "transport_https": "hub.https",
    "hub_sync": "hub.sync",
    "browser_bridge": "browser.bridge",
    "discovery_bonjour": "discovery.bonjour",
    "discovery_wsd": "discovery.wsd",
    "discovery_ippscan": "discovery.ippscan",
    "pull_release": "pull.release",
}
BESIDE = {"pull_release": "pull.mirror"}
"""The other capability of a plugin that has two: it runs while either is on."""
NEEDS = {"hub_sync": "hub.https"}
"""What a plugin other than those of the loopback site cannot run without."""
DOCUMENT = Path(__file__).parent.parent / "documents" / "01-a4-1p-gray.pdf"
AT_ONCE = 3
"""Starts over which the plugins are dealt out: in each some are off and all others run."""
WAIT_S = 20.0


async def rows_of(running: Agent) -> dict[str, dict[str, Any]]:
    """The agent's plugins by id."""
    return {row["id"]: row for row in await running.ask("plugins")}


async def until_status(running: Agent, plugin: str, status: str) -> dict[str, Any]:
    """Waits until a plugin has a status; returns its row."""
    return (await until_stand(running, {plugin: status}))[plugin]


async def until_stand(running: Agent, wanted: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Waits until each of these plugins has the status wanted of it; returns the rows of all."""
    with trio.fail_after(WAIT_S):
        while True:
            rows = await rows_of(running)
            if all(rows[plugin]["status"] == status for plugin, status in wanted.items()):
                return rows
            await trio.sleep(0.05)


def sockets_of(pid: int) -> set[tuple[str, int]]:
    """Both ends of every network socket a process and its children have open."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    found = [connection for process in processes for connection in process.net_connections("inet")]
    return {(end.ip, end.port) for connection in found for end in (connection.laddr, connection.raddr) if end}


def port_of(site: Site) -> int:
    """Where the one printer listens."""
    return urlsplit(site["eve"].uri).port or 0


@pytest.mark.parametrize("first", range(AT_ONCE))
async def test_a_capability_that_is_off_at_the_start_is_never_imported(tmp_path: Path, first: int) -> None:
    off = dict([pair for pair in CAPABILITIES.items() if pair[0] != "local_site"][first::AT_ONCE])
    async with agent(tmp_path / "home", started=False, forked=False) as running:
        for key in (*off.values(), *(BESIDE[plugin] for plugin in off if plugin in BESIDE)):
            await running.tympan("policy", "set", key, "off")
        await running.start()
        rows = await rows_of(running)
        for plugin, key in off.items():
            assert (rows[plugin]["status"], rows[plugin]["imported"]) == ("off", False)
            assert key in rows[plugin]["reason"]
            assert "machine policy" in rows[plugin]["reason"]
        others = set(CAPABILITIES) - set(off)
        needy = {other for other in others if NEEDS.get(other) in off.values()}
        await until_stand(running, {other: "blocked" if other in needy else "running" for other in others})

        for plugin, key in off.items():
            await running.tympan("policy", "set", key, "on")
            row = await until_status(running, plugin, "running")
            assert row["imported"]


async def test_without_the_local_site_no_socket_is_open_and_its_dependants_say_what_they_need(tmp_path: Path) -> None:
    async with agent(tmp_path / "home", started=False) as running:
        await running.tympan("policy", "set", "local.site", "off")
        await running.program.start(_logged(running, "the agent runs"), timeout_s=WAIT_S)
        listening = {port for _, port in sockets_of(running.pid)}
        assert running.port not in listening
        assert not await answers_http(running.port)
        assert "local_site=off" in running.output()
        assert "ipp_endpoint=blocked" in running.output()

        await running.tympan("policy", "set", "local.site", "on")
        await wait_until(functools.partial(answers_http, running.port), "the listener is back", timeout_s=WAIT_S)
        assert (await rows_of(running))["ipp_endpoint"]["status"] in ("running", "starting", "blocked")
        await until_status(running, "ipp_endpoint", "running")


async def test_switching_the_local_site_off_closes_its_listener_on_the_wire(tmp_path: Path) -> None:
    async with agent(tmp_path / "home") as running:
        assert running.port in {port for _, port in sockets_of(running.pid)}
        await running.tympan("policy", "set", "local.site", "off")
        with trio.fail_after(WAIT_S):
            while running.port in {port for _, port in sockets_of(running.pid)}:
                await trio.sleep(0.05)
        assert running.program.running


async def test_the_listener_in_the_network_is_off_until_policy_says_so_and_closed_when_it_says_no(
    tmp_path: Path,
) -> None:
    port = free_port()
    settings = f'[release_nearby]\nport = {port}\naddresses = ["127.0.0.1"]\n'
    async with agent(tmp_path / "home", settings=settings) as running:
        row = (await rows_of(running))["release_nearby"]
        assert (row["status"], row["imported"]) == ("off", False)
        assert ("127.0.0.1", port) not in sockets_of(running.pid)

        await running.tympan("policy", "set", "pull.nearby", "on")
        await until_status(running, "release_nearby", "running")
        await wait_until(functools.partial(answers_http, port), "the page for phones is there", timeout_s=WAIT_S)

        await running.tympan("policy", "set", "pull.nearby", "off")
        await until_status(running, "release_nearby", "off")
        assert ("127.0.0.1", port) not in sockets_of(running.pid)


async def test_switching_delivery_off_hands_its_job_back_and_on_again_prints_it_once(tmp_path: Path) -> None:
    async with trio.open_nursery() as nursery:
        device = Profile(name="eve", pages_per_s=2.0)
        site: Site = await nursery.start(functools.partial(run_printers, [device], directory=tmp_path / "paper"))
        async with agent(tmp_path / "home") as running:
            await running.tympan("printers", "add", "Eve", "--uri", site["eve"].uri)
            site["eve"].order("paper-out")
            await running.tympan("print", str(DOCUMENT))
            await until_job(running, "printing", "waiting", "sending")
            with trio.fail_after(WAIT_S):  # the search for its sockets can find some
                while port_of(site) not in {port for _, port in sockets_of(running.pid)}:
                    await trio.sleep(0.02)
            await running.tympan("policy", "set", "submission.ipp", "off")
            row = await until_status(running, "ipp_submission", "off")
            assert "machine policy" in row["reason"]
            assert port_of(site) not in {port for _, port in sockets_of(running.pid)}
            waiting = await until_job(running, "waiting", "queued")
            assert waiting["detail"]
            site["eve"].clear()
            await running.tympan("policy", "set", "submission.ipp", "on")
            await until_job(running, "completed")
            assert [record.ended for record in site["eve"].journal] == ["completed"]
        nursery.cancel_scope.cancel()


async def test_each_capability_does_its_work_once_it_is_switched_on_in_the_running_agent(tmp_path: Path) -> None:
    keys = ["endpoint.ipp", "statistics.document", "submission.ipp"]
    async with trio.open_nursery() as nursery:
        device = Profile(name="eve", pages_per_s=20.0)
        site: Site = await nursery.start(functools.partial(run_printers, [device], directory=tmp_path / "paper"))
        async with agent(tmp_path / "home", started=False) as running:
            for key in keys:
                await running.tympan("policy", "set", key, "off")
            await running.start()
            await running.tympan("printers", "add", "Eve", "--uri", site["eve"].uri)
            assert port_of(site) not in {port for _, port in sockets_of(running.pid)}
            for key, plugin in ((keys[0], "ipp_endpoint"), (keys[1], "document_stats")):
                await running.tympan("policy", "set", key, "on")
                await until_status(running, plugin, "running")
            await running.tympan("print", str(DOCUMENT))  # the endpoint takes it
            assert site["eve"].journal == ()
            await running.tympan("policy", "set", keys[2], "on")
            await until_job(running, "completed")
            with trio.fail_after(WAIT_S):
                while (statistics := (await running.ask("jobs.list"))[0]["statistics"]) is None:
                    await trio.sleep(0.05)
            assert statistics["pages"] == 1
        nursery.cancel_scope.cancel()


async def test_policy_explain_names_the_deciding_document_and_number(tmp_path: Path) -> None:
    env = {"TYMPAN_HOME": str(tmp_path / "home")}
    await run([str(COMMAND), "policy", "set", "spool.cups", "off"], env=env)
    row = json.loads(await run([str(COMMAND), "policy", "explain", "spool.cups", "--json"], env=env))
    assert (row["on"], row["scope"], row["document"]) == (False, "machine", "machine")
    assert row["number"] > 0


async def test_a_policy_file_edited_by_hand_turns_everything_off_and_says_so(tmp_path: Path) -> None:
    async with agent(tmp_path / "home", started=False) as running:
        await running.tympan("policy", "set", "spool.cups", "on")
        file = running.home / "policy" / "machine.json"
        file.write_bytes(file.read_bytes().replace(b'"payload": "', b'"payload": "A'))
        await running.program.start(_logged(running, "the agent runs"), timeout_s=WAIT_S)
        rows = {row["id"]: row for row in json.loads(await running.tympan("plugins", "--json"))}
        assert {rows[plugin]["status"] for plugin in CAPABILITIES} == {"off"}
        assert all("cannot be used" in rows[plugin]["reason"] for plugin in CAPABILITIES)


MANIFEST = """\
api = {api}
id = "{name}"
summary = "Breaks"
platforms = ["linux", "macos", "windows"]
[[capabilities]]
key = "broken.{name}"
summary = "Breaks in its own way"
default = "on"
"""
HOOK = """\
from tympan.plugin import Contribution, hookimpl


class Service:
    async def run(self, host):
        host.ready()
        raise ValueError("it broke at run time")


@hookimpl
def register_services():
    {act}
"""
BROKEN = {
    "imported": (1, "raise ValueError('it broke on import')", "failed", "it broke on import"),
    "hooked": (1, HOOK.format(act="raise ValueError('it broke in a hook')"), "failed", "it broke in a hook"),
    "served": (1, HOOK.format(act="return [Contribution(port=Service())]"), "failed", "it broke at run time"),
    "worded": ("one", "", "refused", "TOML"),
}
"""By id: API number in its manifest, code, the status it comes to, and words of the reason."""


def install(folder: Path, name: str, api: object, code: str) -> None:
    """Lays a distribution down as an installer does."""
    package, info = folder / f"broken_{name}", folder / f"broken_{name}-1.0.dist-info"
    package.mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").touch()
    (package / "plugin.toml").write_text(MANIFEST.format(api=api, name=name))
    (package / "plugin.py").write_text(code)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: broken-{name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[tympan.plugins]\n{name} = broken_{name}.plugin\n")


async def test_plugins_that_break_in_every_way_are_shown_with_their_reason_and_stop_no_other(tmp_path: Path) -> None:
    for name, (api, code, _, _) in BROKEN.items():
        install(tmp_path / "site", name, api, code)
    async with agent(tmp_path / "home", env={"PYTHONPATH": str(tmp_path / "site")}) as running:
        for name, (_, _, status, words) in BROKEN.items():
            with trio.fail_after(WAIT_S):  # one that breaks at run time runs again for a moment, between two failures
                while (row := (await rows_of(running))[name])["status"] != status or words not in row["reason"]:
                    await trio.sleep(0.05)
            assert row["distribution"] == f"broken-{name}"
        await until_stand(running, dict.fromkeys(CAPABILITIES, "running"))
        assert "it broke in a hook" in " ".join((await running.tympan("plugins")).split())


async def until_job(running: Agent, *states: str) -> dict[str, Any]:
    """Waits until the one job has one of these states."""
    with trio.fail_after(WAIT_S):
        while True:
            (row,) = await running.ask("jobs.list")
            if row["state"] in states:
                return dict(row)
            await trio.sleep(0.05)


def _logged(running: Agent, words: str) -> Any:
    async def look() -> bool:
        return words in running.output()

    return look
