"""The real agent, started as people start it, beside a small hub: enrolled, supplied, obeying, reporting."""

from __future__ import annotations

import datetime as dt
import getpass
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from https_hub import AGENT, FakeHub, away, hub_on_loopback
from rig import Agent, agent, agent_printers, papers, simulator, wait_until

from tympan.admin import PolicyDocument, Scope, Verdict, sign_policy
from tympan_sim import Site
from tympan_wire.hub import (
    AgentReport,
    CheckDevice,
    Command,
    CommandReport,
    Desired,
    DeviceReport,
    JobReport,
    JobStanding,
    Outcome,
    PrinterWanted,
    SignedInPerson,
)

pytestmark = [pytest.mark.anyio, pytest.mark.system]

DOCUMENT = Path(__file__).parent.parent / "documents" / "01-a4-1p-gray.pdf"
KEY = bytes(range(32))
SETTINGS = """
[transport_https]
echo_interval_s = 0.2
retry_first_s = 0.05
retry_last_s = 0.5
[hub_sync]
settle_s = 0.05
[spool_cups]
server = "/nonexistent/cups.sock"
"""
WAIT_S = 60.0
LATER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


def signed(number: int, **rules: str) -> str:
    said = {key.replace("_", "."): Verdict(verdict) for key, verdict in rules.items()}
    now = dt.datetime.now(dt.UTC)
    document = PolicyDocument(scope=Scope.TENANT, name="tenant", number=number, issued_at=now, rules=said)
    return sign_policy(document, KEY).decode()


@attrs.define(eq=False)
class Stage:
    """An enrolled agent, its hub, and a device."""

    hub: FakeHub
    agent: Agent
    site: Site
    number: int = 0

    async def want(self, **fields: Any) -> None:
        """The hub wants something else."""
        self.number += 1
        await self.hub.want(attrs.evolve(self.hub.desired, edition=str(self.number), **fields))

    async def printer(self) -> None:
        """An administrator makes a printer."""
        device = PrinterWanted(id="front", name="Front", uri=self.site["eve"].uri)
        await self.want(printers=(device,))

        async def known() -> bool:
            printers = await agent_printers(self.agent)
            return "front" in printers and printers["front"].reachable

        await wait_until(known, "the printer to be known and its device seen", timeout_s=WAIT_S)

    async def print(self, title: str) -> uuid.UUID:
        """A document printed by hand."""
        row = json.loads(
            await self.agent.tympan("print", str(DOCUMENT), "--printer", "front", "--title", title, "--json")
        )
        return uuid.UUID(row["uuid"])

    async def told(self, job: uuid.UUID) -> JobReport:
        """Waits until the hub knows that a job was printed, pages counted; returns its last word."""

        def last() -> JobReport | None:
            found = [one for one in self.hub.findings(JobReport) if one.job == job]
            newest = max(found, key=lambda one: one.revision, default=None)
            good = newest is not None and newest.standing is JobStanding.COMPLETED and newest.pages is not None
            return newest if good else None

        told: JobReport = await look(last)
        return told

    async def plugins(self) -> dict[str, dict[str, Any]]:
        """The agent's plugins by id."""
        return {row["id"]: row for row in await self.agent.ask("plugins")}


async def look(find: Any) -> Any:
    async def found() -> Any:
        return find()

    return await wait_until(found, "what the hub shall know", timeout_s=WAIT_S, every_s=0.02)


@asynccontextmanager
async def stage(tmp_path: Path) -> AsyncIterator[tuple[Stage, str]]:
    hub = FakeHub(policy_key=Ed25519PrivateKey.from_private_bytes(KEY).public_key().public_bytes_raw())
    hub.desired = Desired(edition="0", people=(SignedInPerson(user=getpass.getuser(), person="ada", name="Ada"),))
    async with (
        simulator(tmp_path / "devices") as site,
        agent(tmp_path / "home", env={"TYMPAN_KEYS": "file"}, settings=SETTINGS) as ours,
        hub_on_loopback(hub) as address,
    ):
        await until_reason(ours, "transport_https", "not enrolled")
        said = await ours.tympan("hub", "enrol", address, "--token", "once")
        assert said == f"this agent belongs to Example at {address}\n"
        yield Stage(hub, ours, site), address


async def test_the_slice_from_enrolment_to_a_policy_obeyed_live(tmp_path: Path) -> None:
    async with stage(tmp_path) as (found, _):
        status = json.loads(await found.agent.tympan("hub", "status", "--json"))
        assert (status["enrolled"], status["agent"], status["trouble"]) == (True, AGENT, "")
        await found.printer()
        job = await found.print("Salary.pdf")
        told = await found.told(job)
        assert (told.name, told.printer) == ("Salary.pdf", "front")
        assert told.pages is not None
        assert (told.pages.pages, told.pages.format) == (1, "application/pdf")
        assert told.story[0].what == "received"
        assert told.story[-1].what == "printed"
        assert papers(found.site["eve"], "Salary.pdf") == ["completed"]
        device = await look(lambda: found.hub.findings(DeviceReport)[-1:])
        assert (device[0].printer, device[0].reachable, bool(device[0].make_and_model)) == ("front", True, True)

        await found.want(policies=(signed(7, statistics_document="off"),))
        await wait_until(lambda: off(found, "document_stats"), "policy to be obeyed", timeout_s=WAIT_S)
        assert "tenant policy 'tenant' number 7" in (await found.plugins())["document_stats"]["reason"]
        await look(lambda: any(one.number == 7 for one in found.hub.findings(AgentReport)[-1].policy))
        await found.want(policies=(signed(6, statistics_document="on"),))
        await look(lambda: any("number 6 is not newer" in one for one in found.hub.findings(AgentReport)[-1].problems))
        assert await off(found, "document_stats")
        explained = json.loads(await found.agent.tympan("policy", "explain", "statistics.document", "--json"))
        assert (explained["on"], explained["scope"], explained["number"]) == (False, "tenant", 7)

        assert await found.agent.stop() == 0
        offline = json.loads(await found.agent.tympan("policy", "explain", "statistics.document", "--json"))
        assert (offline["on"], offline["number"]) == (False, 7)


async def until_reason(ours: Agent, plugin: str, reason: str) -> None:
    async def said() -> bool:
        rows = {row["id"]: row for row in await ours.ask("plugins")}
        return rows[plugin]["status"] == "running" and reason in rows[plugin]["reason"]

    await wait_until(said, f"{plugin} to say {reason!r}", timeout_s=WAIT_S)


async def off(found: Stage, plugin: str) -> bool:
    return bool((await found.plugins())[plugin]["status"] == "off")


async def test_a_hub_that_is_away_holds_up_nobody_and_hears_everything_once(tmp_path: Path) -> None:
    async with stage(tmp_path) as (found, _):
        await found.printer()
        first = await found.print("before")
        await found.told(first)
        found.hub.faults["*"] = away
        await found.hub.break_streams()
        jobs = [await found.print(f"away {number}") for number in range(3)]
        await wait_until(lambda: printed(found, 3), "printing to go on without the hub", timeout_s=WAIT_S)
        await found.agent.kill9()
        await found.agent.start()
        jobs.append(await found.print("after a power cut"))
        await wait_until(lambda: printed(found, 4), "printing to go on after a power cut", timeout_s=WAIT_S)
        found.hub.forgetful["reports"] = 2
        found.hub.faults.clear()
        for job in jobs:
            await found.told(job)
        heard = found.hub.findings(JobReport)
        revisions = [one.revision for one in heard]
        assert revisions == sorted(set(revisions)), "all once, in the order in which it happened"
        assert {one.job for one in heard} == {first, *jobs}


async def printed(found: Stage, count: int) -> bool:
    journal = found.site["eve"].journal
    return len([one for one in journal if one.name.startswith("a") and one.ended == "completed"]) >= count


async def without_printers(found: Stage) -> bool:
    return await agent_printers(found.agent) == {}


async def test_a_revoked_agent_prints_on_and_says_so_and_may_come_back(tmp_path: Path) -> None:
    async with stage(tmp_path) as (found, address):
        await found.printer()
        found.hub.revoked = True
        await found.hub.break_streams()
        await until_reason(found.agent, "transport_https", "was revoked")
        status = json.loads(await found.agent.tympan("hub", "status", "--json"))
        assert "Ask an administrator for a new token" in status["trouble"]
        await found.print("a revoked one")
        await wait_until(lambda: printed(found, 1), "printing to go on", timeout_s=WAIT_S)
        found.hub.revoked = False
        found.hub.tokens.add("twice")
        assert await found.agent.tympan("hub", "leave") == f"this agent has left {address}\n"
        await wait_until(lambda: without_printers(found), "the hub's printers to be gone", timeout_s=WAIT_S)
        assert "belongs to no hub" in await found.agent.tympan("hub", "status")
        told = tmp_path / "enrolment"
        told.write_text(f"hub={address}\ntoken=twice\n")
        await found.agent.tympan("hub", "enrol", "--from", str(told))
        await look(lambda: found.hub.streams)


async def test_a_device_is_checked_on_order(tmp_path: Path) -> None:
    async with stage(tmp_path) as (found, _):
        order = CheckDevice(uri=found.site["eve"].uri)
        await found.want(commands=(Command(id=uuid.UUID(int=1), fence=1, expires_at=LATER, order=order),))
        [done] = await look(lambda: found.hub.findings(CommandReport))
        assert done.outcome is Outcome.DONE
        assert "answers; it prints" in done.detail


async def test_an_agent_that_was_never_enrolled_idles_and_says_so(tmp_path: Path) -> None:
    async with agent(tmp_path / "home", env={"TYMPAN_KEYS": "file"}, settings=SETTINGS) as ours:
        for plugin in ("transport_https", "hub_sync"):
            await until_reason(ours, plugin, "not enrolled")
        refused = await ours.tympan("hub", "enrol", "http://print.example", "--token", "x", check=False)
        assert refused == ""
        assert "enrolled" in json.loads(await ours.tympan("hub", "status", "--json"))
