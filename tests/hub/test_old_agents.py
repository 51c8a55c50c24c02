"""An agent two steps of the protocol back beside today's hub: it joins, is told, prints and reports.

``old_agents`` holds it as ``tools/old_agent.py`` made it of the last commit before the next step; it stays as it is. It
runs with nothing of today's agent in reach, and with the third-party libraries of today.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import sys
import sysconfig
from contextlib import closing
from pathlib import Path

import pytest
import trio
from joined_rig import TENANT, hub_process
from portal_rig import PASSWORD
from rig import agent, agent_printers, run, simulator, wait_until

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import REQUIRE_SIGN_IN, Verdict
from tympan_hub.domain.updates import UpdateRules

pytestmark = pytest.mark.system

OLD = Path(__file__).parent / "old_agents"
LETTER = Path(__file__).parents[1] / "documents" / "01-a4-1p-gray.pdf"
OF_OURS = ("tympan", "_tympan", "acme", "__editable__", "_editable")
NEWER = {"printer_sharing", "updater", "tray"}
"""Plugins it cannot have."""
WAIT_S = 60.0
SETTINGS = """
[transport_https]
echo_interval_s = 0.5
retry_first_s = 0.05
retry_last_s = 0.5
[hub_sync]
settle_s = 0.05
"""
STARTER = """#!{python} -IS
import os, sys
sys.path[:0] = places = {places!r}
os.environ["PYTHONPATH"] = os.pathsep.join(places)  # for what it starts itself
from tympan_cli.__main__ import main
sys.exit(main())
"""


def installed(archive: Path, folder: Path) -> Path:
    """An old agent's program: its own packages, then what others wrote, and nothing of today's."""
    own = folder / "own"
    others = folder / "others"
    shutil.unpack_archive(archive, own)
    others.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.lower().startswith(OF_OURS) and path.suffix != ".pth":
            (others / path.name).symlink_to(path)
    program = folder / "tympan"
    program.write_text(STARTER.format(python=sys.executable, places=[str(own), str(others)]))
    program.chmod(0o755)
    return program


async def furnish(home: Path, uri: str) -> None:
    """What today's hub wants: a printer, a policy, rules of updates an old agent never heard of."""
    async with hub(Home(home)) as services:
        tenant = TenantId(TENANT)
        await services.tenants.add(CONSOLE, "Acme")
        boss = await services.people.add(
            tenant,
            CONSOLE,
            email="ada@acme.example",
            name="Ada",
            role=Role.ADMINISTRATOR,
            password=PASSWORD,
        )
        await services.printers.add(tenant, boss.actor, name="Front desk", uri=uri)
        await services.policy.switch(tenant, CONSOLE, REQUIRE_SIGN_IN, Verdict.OFF)
        await services.rollouts.change(tenant, CONSOLE, UpdateRules(pin="9.9.9"))


def rows(home: Path, statement: str) -> list[tuple[object, ...]]:
    """What the hub's database has."""
    with closing(sqlite3.connect(f"file:{home / 'hub.db'}?mode=ro", uri=True)) as opened:
        return opened.execute(statement).fetchall()


async def lives(archive: Path, folder: Path) -> None:
    """It joins, hears of the printer, prints, reports; and today's hub is told no version by it."""
    home, command = folder / "hub", installed(archive, folder)
    async with simulator(folder / "devices") as site, hub_process(home) as served:
        await trio.to_thread.run_sync(lambda: asyncio.run(furnish(home, site["eve"].uri)))
        await served.start()
        env = {"TYMPAN_KEYS": "file"}
        async with agent(folder / "agent", env=env, settings=SETTINGS, command=command) as old:
            token = (await served.command("enrol-token", TENANT)).split()[-1]
            await old.tympan("hub", "enrol", served.url, f"--token={token}")

            async def known() -> bool:
                printer = (await agent_printers(old)).get("front-desk")
                return printer is not None and printer.reachable

            assert not NEWER & {row["id"] for row in await old.ask("plugins")}, "nothing of today's agent is in reach"
            await wait_until(known, "the old agent to know the printer", timeout_s=WAIT_S)
            uri = (await agent_printers(old))["front-desk"].endpoint
            await run(["ipptool", "-tf", str(LETTER), uri, "print-job.test"])

            async def told() -> bool:
                return rows(home, "SELECT standing FROM jobs") == [("completed",)]

            await wait_until(told, "today's hub to hear that the job is printed", timeout_s=WAIT_S)
    assert rows(home, "SELECT troubled FROM agents") == [(0,)], old.output()
    assert rows(home, "SELECT count(*) FROM agent_versions") == [(0,)]


def test_an_agent_of_two_steps_back_lives_with_todays_hub(tmp_path: Path) -> None:
    trio.run(lives, OLD / "agent-wire-1.6.zip", tmp_path)
