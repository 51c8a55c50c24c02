"""Several processes behind one address, on one PostgreSQL: kill -9 of one loses nothing, and word reaches all."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import attrs
import httpx
import psutil
import pytest
from hub_rig import AgentKey, PostgreSQL, RemoteAgent, job_report, postgresql, report
from update_rig import Folder

from tympan_hub.adapters.clock import SystemClock
from tympan_hub.adapters.sql import Database, SqlUnits
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.jobs import JobFilter
from tympan_hub.domain.people import CONSOLE
from tympan_hub.service import Services
from tympan_wire.hub import (
    HEADER,
    NOTICES_PATH,
    UPDATES_PATH,
    Echo,
    EchoRequest,
    Hello,
    News,
    Operation,
    Report,
    StoppedVersion,
    UpdatesRequest,
    UpdateStep,
    UpdateTold,
    decode,
)

pytestmark = [pytest.mark.anyio, pytest.mark.system]
COMMAND = str(Path(sys.executable).with_name("tympan-hub"))
READY = "tympan-hub answers on "
WAIT_S = 90.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with postgresql() as running:
        yield running


@attrs.define
class Served:
    """A hub of several processes."""

    url: str
    process: asyncio.subprocess.Process

    def workers(self) -> list[psutil.Process]:
        return list(psutil.Process(self.process.pid).children())


@asynccontextmanager
async def serving(home: Home, processes: int, *options: str) -> AsyncIterator[Served]:
    environment = {**os.environ, "TYMPAN_HUB_DATABASE": home.address}
    arguments = ["--home", str(home.root), "serve", "--port", "0", "--processes", str(processes), *options]
    process = await asyncio.create_subprocess_exec(
        COMMAND, *arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout
    try:
        async with asyncio.timeout(WAIT_S):
            line = (await process.stdout.readline()).decode().strip()
        assert line.startswith(READY), line
        yield Served(line.removeprefix(READY), process)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        async with asyncio.timeout(WAIT_S):
            await process.wait()


@pytest.fixture
async def home(server: PostgreSQL, tmp_path: Path) -> AsyncIterator[Home]:
    url = await server.database()
    yield Home(tmp_path / "hub", url)
    await server.give_back(url)


async def enrolled(home: Home, url: str) -> tuple[TenantId, RemoteAgent]:
    async with hub(home) as services:
        tenant = (await services.tenants.add(CONSOLE, "Acme")).id
        token = await services.agents.make_token(tenant, CONSOLE)
    agent = RemoteAgent(httpx.AsyncClient(base_url=url, timeout=WAIT_S), SystemClock(), AgentKey.new())
    await agent.enrol(token)
    await agent.renew()
    return tenant, agent


async def until_taken(agent: RemoteAgent, sent: Report) -> None:
    """As an agent does: again, until the hub says that it has it."""
    async with asyncio.timeout(WAIT_S):
        while True:
            with suppress(httpx.TransportError):
                assert sent.id in (await agent.report(sent)).taken
                return


async def greeting(path: Path) -> str:
    """What the mail door says first."""
    async with asyncio.timeout(WAIT_S):
        reader, writer = await asyncio.open_unix_connection(path)
        line = (await reader.readline()).decode()
        writer.close()
        return line


async def test_kill_9_of_a_process_amid_requests_loses_nothing_and_doubles_nothing(home: Home) -> None:
    at = home.root.parent / "lmtp"
    mail = ("--lmtp", f"unix:{at}", "--mail-domain", "print.example", "--authserv-id", "mx.example")
    async with serving(home, 2, *mail) as served:
        tenant, agent = await enrolled(home, served.url)
        first = {worker.pid for worker in served.workers()}
        assert len(first) == 2
        reports = [report(job_report()) for _ in range(60)]
        async with asyncio.TaskGroup() as group:
            for number, sent in enumerate(reports):
                group.create_task(until_taken(agent, sent))
                if number == 30:
                    await asyncio.sleep(0)
                    served.workers()[0].kill()
        async with asyncio.timeout(WAIT_S):
            while len({worker.pid for worker in served.workers() if worker.is_running()} - first) < 1:
                await asyncio.sleep(0.05)
        await agent.desired()
        await agent.client.aclose()
        greetings = await asyncio.gather(*(greeting(at) for _ in range(8)))
        assert set(greetings) == {"220 print.example Tympan\r\n"}, "the mail door outlives a process, too"
    database = Database(home.address)
    async with SqlUnits(database).reading() as unit:
        found = await unit.jobs.find(tenant, JobFilter(limit=200), None)
        known = await unit.report_ids.known(tenant, agent.id, [sent.id for sent in reports])  # type: ignore[arg-type]
    await database.close()
    assert sorted(job.id for job in found) == sorted(sent.finding.job for sent in reports)  # type: ignore[union-attr]
    assert len(known) == len(reports)


async def test_word_reaches_the_stream_whichever_process_holds_it(home: Home) -> None:
    async with serving(home, 2) as one, serving(home, 1) as other:
        _, agent = await enrolled(home, one.url)
        headers = {HEADER: "1", "Authorization": f"Bearer {agent.token}"}
        asking = RemoteAgent(httpx.AsyncClient(base_url=other.url, timeout=WAIT_S), agent.clock, agent.key)
        asking.enrolled, asking.token = agent.enrolled, agent.token
        async with agent.client.stream("GET", NOTICES_PATH, headers=headers) as stream:
            lines = stream.aiter_lines()
            hello: object = decode(News, (await anext(lines)).encode())  # type: ignore[arg-type]
            assert isinstance(hello, Hello)
            nonce = uuid.uuid4().hex

            async def ask_again_and_again() -> None:  # as an agent does
                while True:
                    await asking.ask(Operation.ECHO, EchoRequest(stream=hello.stream, nonce=nonce))
                    await asyncio.sleep(0.5)

            repeating = asyncio.create_task(ask_again_and_again())
            async with asyncio.timeout(WAIT_S):
                while decode(News, (await anext(lines)).encode()) != Echo(nonce=nonce):  # type: ignore[arg-type]
                    pass
            repeating.cancel()
        await agent.client.aclose()
        await asking.client.aclose()


async def connections(services: Services, tenant: TenantId) -> list[bool]:
    """Of each agent, whether it is connected."""
    found = await services.agents.find(tenant, CONSOLE, AgentFilter())
    return [shown.connected for shown in found.agents]


async def test_connected_is_told_by_every_process(home: Home) -> None:
    async with serving(home, 1) as one:
        tenant, agent = await enrolled(home, one.url)
        headers = {HEADER: "1", "Authorization": f"Bearer {agent.token}"}
        async with hub(home) as elsewhere:

            async def until(connected: bool) -> None:
                async with asyncio.timeout(WAIT_S):
                    while await connections(elsewhere, tenant) != [connected]:
                        await asyncio.sleep(0.1)

            async with agent.client.stream("GET", NOTICES_PATH, headers=headers) as stream:
                lines = stream.aiter_lines()
                await anext(lines)
                await until(True)
            await until(False)
        await agent.client.aclose()


async def test_kill_9_of_a_process_that_was_still_starting_leaves_the_hub_serving(home: Home) -> None:
    environment = {**os.environ, "TYMPAN_HUB_DATABASE": home.address}
    arguments = ["--home", str(home.root), "serve", "--port", "0", "--processes", "2"]
    process = await asyncio.create_subprocess_exec(
        COMMAND, *arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout
    try:
        async with asyncio.timeout(WAIT_S):
            while not (starting := psutil.Process(process.pid).children()):
                await asyncio.sleep(0.01)
            starting[0].kill()
            assert (await process.stdout.readline()).decode().startswith(READY)
    finally:
        process.terminate()
        await process.wait()


async def test_all_processes_end_with_the_one_that_watches_them(home: Home) -> None:
    async with serving(home, 2) as served:
        workers = served.workers()
        served.process.send_signal(signal.SIGKILL)
        _, alive = await asyncio.to_thread(psutil.wait_procs, workers, WAIT_S)
        assert alive == []


def test_several_processes_on_one_file_are_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "--home", str(tmp_path), "serve", "--processes", "2"], capture_output=True, text=True, timeout=WAIT_S
    )
    assert done.returncode == 1
    assert "cannot share one SQLite file" in done.stderr
    assert "--database" in done.stderr


async def test_the_gate_of_updates_counts_once_and_one_folder_is_served_by_every_process(
    home: Home, tmp_path: Path
) -> None:
    folder = Folder(tmp_path / "updates")
    folder.channel("all", "2.0.0")
    folder.publish()
    async with (
        serving(home, 2, "--updates", str(folder.root)) as one,
        serving(home, 1, "--updates", str(folder.root)) as other,
    ):
        tenant, first = await enrolled(home, one.url)
        async with hub(home) as services:
            token = await services.agents.make_token(tenant, CONSOLE)
        second = RemoteAgent(httpx.AsyncClient(base_url=other.url, timeout=WAIT_S), first.clock, AgentKey.new())
        await second.enrol(token)
        await second.renew()
        for agent in (first, second):
            assert (await agent.client.get(f"{UPDATES_PATH}metadata/timestamp.json")).status_code == 200
        went = UpdateTold(version="2.0.0", step=UpdateStep.RETURNED, at=first.clock.now())
        request = UpdatesRequest(installed="1.0.0", updates=(went,))
        await asyncio.gather(*(agent.ask(Operation.UPDATES, request) for agent in (first, second)))
        for agent in (first, second):
            asked = await agent.ask(Operation.UPDATES, request)
            assert asked.stopped == (StoppedVersion(version="2.0.0"),), "whichever process heard of it"
            await agent.client.aclose()
        async with hub(home) as services:
            [shown] = (await services.rollouts.look(tenant, CONSOLE)).stops
            entries = await services.audit.page(tenant, CONSOLE, limit=100)
    assert (shown.stop.toll.taken, shown.stop.toll.returned) == (2, 2)
    assert [entry.act for entry in entries].count("update.stop") == 1
