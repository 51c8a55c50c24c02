"""The hub as people run it: `tympan-hub` on a folder, agents over real HTTP, power cuts, and a quick end."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import attrs
import httpx
import pytest
from hub_rig import PASSWORD, AgentKey, RemoteAgent, job_report, report
from rig import forge

from tympan_hub.adapters.clock import SystemClock
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.ids import SERVICE, AgentId, JobId, TenantId
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.providers import ClaimNames
from tympan_hub.service.providers import ProviderWanted
from tympan_wire.hub import HEADER, NOTICES_PATH, Echo, EchoRequest, Hello, News, Operation, Report, decode

pytestmark = [pytest.mark.anyio, pytest.mark.system]
COMMAND = str(Path(sys.executable).with_name("tympan-hub"))
READY = "tympan-hub answers on "
UNREACHABLE = "no address the hub can be reached at"
SHORT = "a password has 10 to 256 characters"
WAIT_S = 60.0
LAST = 29
"""The last revision of every job of the power cuts."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def started(home: Path, *arguments: str, stdin: str = "") -> str:
    """What a command printed that was started as people start it; it must end well."""
    done = subprocess.run(
        [COMMAND, "--home", str(home), *arguments], input=stdin, capture_output=True, text=True, timeout=WAIT_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def ended(home: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """A command that has ended, well or not: forked, as each start takes a second and is the same as that of others."""
    return forge("tympan_hub.cli", "tympan-hub").run(["--home", str(home), *arguments], dict(os.environ), stdin)


def tympan_hub(home: Path, *arguments: str, stdin: str = "") -> str:
    """What a command printed; it must end well."""
    done = ended(home, *arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Path:
    """A hub of one's own, as `made`."""
    return Path(shutil.copytree(made, tmp_path / "hub"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub with an owner and the tenant acme, set up by its own commands."""
    folder = tmp_path_factory.mktemp("made") / "hub"
    started(folder, "init")
    started(folder, "owner", "add", "ada@example.org", "--password-stdin", stdin=PASSWORD + "\n")
    added = started(
        folder,
        "tenant",
        "add",
        "Acme",
        "--administrator",
        "bob@acme.example",
        "--password-stdin",
        stdin=PASSWORD + "\n",
    )
    assert added == "acme"
    return folder


def test_the_state_is_for_the_hub_alone(made: Path) -> None:
    open_to_others = [path for path in (made, *made.rglob("*")) if path.stat().st_mode & 0o077]
    assert (made / "hub.db").is_file()
    assert open_to_others == []


@attrs.define
class Served:
    """A hub that answers."""

    process: asyncio.subprocess.Process
    url: str

    async def ended(self) -> int:
        """Its exit status, once it ended."""
        async with asyncio.timeout(WAIT_S):
            return await self.process.wait()


@asynccontextmanager
async def served(home: Path) -> AsyncIterator[Served]:
    """Serves a folder, and ends it with the block."""
    with (home.parent / "serve.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            COMMAND, "--home", str(home), "serve", "--port", "0", stdout=asyncio.subprocess.PIPE, stderr=log
        )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(WAIT_S):
            line = (await process.stdout.readline()).decode()  # "" when it ended: nothing is left to wait for
        assert line.startswith(READY), (home.parent / "serve.log").read_text()
        yield Served(process, line.removeprefix(READY).strip())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def client(served_hub: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=served_hub.url, timeout=WAIT_S, trust_env=False) as opened:
        yield opened


async def enrolment_token(home: Path) -> str:
    """As `tympan-hub enrol-token acme` prints it, without a process for it."""
    async with hub(Home(home)) as services:
        return await services.agents.make_token(TenantId("acme"), CONSOLE)


def said(line: str) -> News:
    """A line of the stream of notices."""
    kind: Any = News
    news: News = decode(kind, line.encode())
    return news


def remote(opened: httpx.AsyncClient) -> RemoteAgent:
    return RemoteAgent(client=opened, clock=SystemClock(), key=AgentKey.new())


async def test_an_agent_enrols_listens_reports_and_the_hub_ends_at_once_though_it_listens(home: Path) -> None:
    token = await enrolment_token(home)
    async with served(home) as running, client(running) as opened:
        agent = remote(opened)
        await agent.enrol(token)
        await agent.renew()
        job = uuid.uuid4()
        assert (await agent.report(report(job_report(job)))).refused == ()
        headers = {HEADER: "1", "Authorization": f"Bearer {agent.token}"}
        async with opened.stream("GET", NOTICES_PATH, headers=headers) as stream:
            lines = stream.aiter_lines()
            hello = said(await anext(lines))
            assert isinstance(hello, Hello)
            await agent.ask(Operation.ECHO, EchoRequest(stream=hello.stream, nonce="n"))
            assert said(await anext(lines)) == Echo(nonce="n")
            running.process.send_signal(signal.SIGTERM)
            # Its orderly end: cut off after the grace it would be a broken one, and raise here.
            assert [line async for line in lines] == []
        assert await running.ended() == 0
    async with hub(Home(home)) as services:
        shown = await services.agents.get(TenantId("acme"), CONSOLE, AgentId(agent.id))
        assert shown.agent.certificate == agent.enrolled.certificate  # type: ignore[union-attr]


@pytest.mark.parametrize("cuts", [3, pytest.param(20, marks=pytest.mark.soak)])
async def test_a_power_cut_at_any_moment_loses_nothing_that_was_acknowledged(home: Path, cuts: int) -> None:
    chance = Random(3)
    jobs = [JobId(uuid.uuid4()) for _ in range(6)]
    sender = Sender([report(job_report(job, revision=revision)) for revision in range(LAST + 1) for job in jobs])
    token = await enrolment_token(home)
    for _ in range(cuts):
        async with served(home) as running, client(running) as opened:
            steps = sender.steps(opened, token)
            for _ in range(chance.randrange(5)):
                await next(steps)()
            step = asyncio.ensure_future(next(steps)())
            await asyncio.sleep(chance.uniform(0, 0.02))  # the cut falls before, within or after the step
            running.process.kill()
            await asyncio.gather(step, return_exceptions=True)
    async with served(home) as running, client(running) as opened:
        for step_left in sender.steps(opened, token):
            await step_left()
    await _stands(home, jobs, sender.outbox)


@attrs.define
class Sender:
    """An agent that enrols, signs in and reports, over as many starts of the hub as it takes.

    Attributes:
        outbox: All it has to say.
        acknowledged: How much of it the hub has said to have.
    """

    outbox: list[Report]
    acknowledged: int = 0
    key: AgentKey = attrs.field(factory=AgentKey.new)

    def steps(self, opened: httpx.AsyncClient, token: str) -> Iterator[Callable[[], Awaitable[object]]]:
        """What it does after a start of the hub, each a request: enrol again with the same token and key, and go on."""
        agent = RemoteAgent(client=opened, clock=SystemClock(), key=self.key)
        yield lambda: agent.enrol(token)
        yield agent.renew
        while self.acknowledged < len(self.outbox):
            yield lambda: self._report(agent)

    async def _report(self, agent: RemoteAgent) -> None:
        batch = self.outbox[self.acknowledged : self.acknowledged + 5]
        assert set((await agent.report(*batch)).taken) == {sent.id for sent in batch}
        self.acknowledged += len(batch)


async def _stands(home: Path, jobs: list[JobId], outbox: list[Report]) -> None:
    """One agent, every job at its last revision, every report known, the log whole."""
    async with hub(Home(home)) as services:
        agents = (await services.agents.find(TenantId("acme"), CONSOLE, AgentFilter())).agents
        assert len(agents) == 1
        assert await services.audit.first_broken(TenantId("acme"), CONSOLE) is None
        async with services.reports._units.reading() as unit:
            kept = await unit.jobs.known(TenantId("acme"), jobs)
            assert {job: known.revision for job, known in kept.items()} == dict.fromkeys(jobs, LAST)
            ids = [sent.id for sent in outbox]
            assert await unit.report_ids.known(TenantId("acme"), agents[0].agent.id, ids) == frozenset(ids)


async def test_a_second_process_on_the_same_folder_is_refused_until_the_first_is_gone(home: Path) -> None:
    async with served(home) as first:
        second = ended(home, "serve", "--port", "0")
        assert second.returncode == 1
        assert "another tympan-hub serves from" in second.stderr
        assert "--home" in second.stderr
        first.process.kill()
        await first.ended()
    async with served(home):
        pass


async def test_a_backup_made_while_the_hub_serves_is_served_again_elsewhere(home: Path, tmp_path: Path) -> None:
    token, file = tympan_hub(home, "enrol-token", "acme"), tmp_path / "hub.backup"
    async with served(home) as running, client(running) as opened:
        agent = remote(opened)
        await agent.enrol(token)
        await agent.renew()
        await agent.report(report(job_report()))
        assert "1 tenants" in tympan_hub(home, "backup", str(file))
    again = tmp_path / "again"
    assert "Restored and checked: 1 tenants" in tympan_hub(again, "restore", str(file))
    assert "PROBLEM" not in tympan_hub(again, "doctor")
    async with served(again) as running, client(running) as opened:
        agent.client = opened
        await agent.renew()
        await agent.desired()


async def test_doctor_says_what_is_well_and_what_is_not(home: Path, tmp_path: Path) -> None:
    told = tympan_hub(home, "doctor")
    assert "PROBLEM" not in told
    assert "sandbox of converters" in told
    (home / "secrets" / "policy.key").chmod(0o644)
    for folder, why in ((home, "others can read policy.key"), (tmp_path / "nowhere", "tympan-hub init")):
        done = ended(folder, "doctor")
        assert (done.returncode, why in done.stdout) == (7, True), done.stdout
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["enrol-token", "nobody"], "there is no tenant"),
        (["tenant", "add", "New", "--administrator", "no address", "--password-stdin"], "no e-mail address"),
        (["serve", "--host", "300.1.1.1"], "nobody can listen on 300.1.1.1"),
        pytest.param(["tenant", "add", "Acme"], "already", marks=pytest.mark.soak),
        pytest.param(["enrol-token", "--", "-service"], "the service itself has no agents", marks=pytest.mark.soak),
        pytest.param(["serve", "--public-url", "javascript:alert(1)"], UNREACHABLE, marks=pytest.mark.soak),
        pytest.param(["owner", "invite", "eve@x.example", "--public-url", "x"], UNREACHABLE, marks=pytest.mark.soak),
        pytest.param(["owner", "add", "eve@x.example", "--password-stdin"], SHORT, marks=pytest.mark.soak),
    ],
)
async def test_a_command_that_fails_says_why_in_a_sentence(home: Path, arguments: list[str], why: str) -> None:
    done = ended(home, *arguments, stdin="short\n")
    assert done.returncode == 1
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert "New" not in arguments or "New" not in tympan_hub(home, "doctor")


async def test_no_tenant_is_made_without_the_administrator_asked_for(home: Path) -> None:
    command = ["tenant", "add", "New", "--administrator", "ada@example.org", "--password-stdin"]
    done = ended(home, *command, stdin="short")
    assert (done.returncode, SHORT in done.stderr) == (1, True), done.stderr
    tympan_hub(home, *command[:3])  # the name is still free


async def test_the_machine_takes_a_provider_of_owners_away(home: Path) -> None:
    wanted = ProviderWanted(
        name="Contoso",
        issuer="https://id.example",
        client_id="hub",
        scopes=("openid",),
        claims=ClaimNames(),
        links_by_email=False,
    )
    async with hub(Home(home)) as services:
        theirs = await services.providers.add(SERVICE, CONSOLE, wanted, "secret", for_owners=True)
        tenants = await services.providers.add(TenantId("acme"), CONSOLE, attrs.evolve(wanted, name="Acme"), "secret")
    assert tympan_hub(home, "owner", "providers") == f"{theirs.id}\tContoso\thttps://id.example"
    refused = ended(home, "owner", "remove-provider", tenants.id)
    assert (refused.returncode, "there is no such provider" in refused.stderr) == (1, True), refused.stderr
    tympan_hub(home, "owner", "remove-provider", theirs.id)
    assert tympan_hub(home, "owner", "providers") == ""


async def test_the_state_folder_is_for_the_hubs_user_alone(home: Path) -> None:
    for path in (home, home / "secrets"):
        assert path.stat().st_mode & 0o077 == 0
