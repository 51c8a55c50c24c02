"""Plugins of other people, built outside of the workspace: checked as wheels, installed, gated, and printed through."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import trio
from rig import Agent, add_printer, agent, agent_job, run, wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.system]
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ("acme-raw9100", "acme-cost-centre")
DOCUMENT = ROOT / "tests" / "documents" / "01-a4-1p-gray.pdf"
WAIT_S = 60.0


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The examples, each built where its vendor would have it: in a folder of its own."""
    folder = tmp_path_factory.mktemp("vendor")

    async def build() -> None:
        for name in EXAMPLES:
            there = folder / name
            copied(ROOT / "examples" / name, there)
            await run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(there)])

    trio.run(build)
    return {name: next(folder.glob(f"{name.replace('-', '_')}-*.whl")) for name in EXAMPLES}


def copied(source: Path, to: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            (to / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            (to / path.relative_to(source)).write_bytes(path.read_bytes())


@pytest.mark.parametrize("name", EXAMPLES)
async def test_its_wheel_passes_the_checks(wheels: dict[str, Path], name: str) -> None:
    said = await run([str(Path(sys.executable).parent / "tympan"), "plugin", "check", str(wheels[name])])
    total = re.search(r"(\d+) of (\d+) checks passed", said)
    assert total is not None, said
    assert total[1] == total[2]
    assert "it ends when cancelled" in said


@pytest.mark.parametrize("name", EXAMPLES)
async def test_its_own_tests_pass(name: str) -> None:
    there = ROOT / "examples" / name
    pytest_there = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(there)]
    said = await run([*pytest_there, str(there / "tests")], env={"PYTHONPATH": str(there)})
    assert re.search(r"[1-9]\d* passed", said), said
    assert "skipped" not in said


@asynccontextmanager
async def device() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A device with a raw socket and nothing else: its port, and what it printed."""
    printed: list[bytes] = []

    async def take(stream: trio.SocketStream) -> None:
        async with stream:
            taken = b""
            async for piece in stream:
                taken += piece
            printed.append(taken)

    async with trio.open_nursery() as nursery:
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, take, [listener])
        yield listener.socket.getsockname()[1], printed
        nursery.cancel_scope.cancel()


async def until_runs(running: Agent, plugin: str) -> None:
    async def runs() -> bool:
        rows = json.loads(await running.tympan("plugins", "--json"))
        return any(row["id"] == plugin and row["status"] == "running" for row in rows)

    await wait_until(runs, f"{plugin} to run", timeout_s=WAIT_S, every_s=0.2)


async def until_state(running: Agent, number: int, state: str) -> None:
    async def there() -> bool:
        return (await agent_job(running, number)).state == state

    await wait_until(there, f"job {number} to be {state}", timeout_s=WAIT_S, every_s=0.2)


async def counter(running: Agent, said: dict[str, object]) -> httpx.Response:
    """Says at the vendor's own place which cost centre pays."""
    token = (running.home / "run" / "token").read_text().strip()
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        return await client.post(f"{running.url}/cost-centre", json=said)


async def test_installed_and_switched_on_they_hold_and_print(wheels: dict[str, Path], tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    await run([*pip, "--target", str(tmp_path / "site"), *map(str, wheels.values())])
    env = {"PYTHONPATH": str(tmp_path / "site"), "TYMPAN_KEYS": "file"}
    async with device() as (port, printed), agent(tmp_path / "home", env=env) as running:
        rows = {row["id"]: row for row in json.loads(await running.tympan("plugins", "--json"))}
        for plugin in ("raw9100", "cost_centre"):
            assert (rows[plugin]["status"], rows[plugin]["imported"]) == ("off", False)
        lab = await add_printer(running, "Lab", f"socket://127.0.0.1:{port}")
        await running.tympan("policy", "set", "route.raw9100", "on")
        await running.tympan("policy", "set", "gate.cost-centre", "on")
        await until_runs(running, "raw9100")
        await until_runs(running, "cost_centre")

        await running.tympan("print", str(DOCUMENT), "-p", lab.id)
        await until_state(running, 1, "held")
        assert printed == []
        answer = await counter(running, {"job": 1, "cost_centre": "4711"})
        assert answer.status_code == 200, answer.text
        await until_state(running, 1, "completed")
        assert printed == [DOCUMENT.read_bytes()]

        await running.tympan("policy", "set", "gate.cost-centre", "off")
        await running.tympan("print", str(DOCUMENT), "-p", lab.id, "--wait")
        assert len(printed) == 2
