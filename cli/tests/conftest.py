"""Fixtures of the command line's tests: the real command as a process, alone or beside a real agent."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import attrs
import pytest
import trio
from rig import Agent, Forge, agent, simulator

from tympan_sim import Profile, Site

COMMAND = str(Path(sys.executable).with_name("tympan"))
COMMAND_S = 90.0
FORGED = frozenset({"COLUMNS"})
"""What of the environment a command reads itself, and no interpreter as it starts."""
Done = subprocess.CompletedProcess[str]


def _without_width() -> dict[str, str]:
    """The environment without the width of the terminal, which a test runner may have set for its workers."""
    return {name: value for name, value in os.environ.items() if name != "COLUMNS"}


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def _environment(home: Path | str, **env: str) -> dict[str, str]:
    return {**_without_width(), "TYMPAN_KEYS": "file", "TYMPAN_HOME": str(home), **env}


def call(home: Path | str, *arguments: str | bytes, **env: str) -> Done:
    """Starts the command and waits for its end."""
    return subprocess.run(
        [COMMAND, *arguments],
        env=_environment(home, **env),
        capture_output=True,
        text=True,
        errors="surrogateescape",
        stdin=subprocess.DEVNULL,
        timeout=COMMAND_S,
    )


@pytest.fixture(scope="session")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    """Where commands are forked that need no start of their own."""
    made = Forge(tmp_path_factory.mktemp("forge"))
    yield made
    made.close()


@pytest.fixture
def tympan_at(forge: Forge) -> Callable[..., Done]:
    """The command on a state folder named by the test; started anew where the test says more of its environment."""

    def called(home: Path | str, *arguments: str | bytes, **env: str) -> Done:
        anew = not env.keys() <= FORGED
        return call(home, *arguments, **env) if anew else forge.run([*arguments], _environment(home, **env))

    return called


@pytest.fixture
def tympan(home: Path, tympan_at: Callable[..., Done]) -> Callable[..., Done]:
    """The command on a state folder without an agent."""
    return functools.partial(tympan_at, home)


@attrs.frozen(kw_only=True)
class Desk:
    """An agent and a virtual device, and the command beside them."""

    agent: Agent
    site: Site
    tympan_at: Callable[..., Done]

    async def __call__(self, *arguments: str | bytes, **env: str) -> Done:
        """Runs the command against the agent."""
        return await trio.to_thread.run_sync(functools.partial(self.tympan_at, self.agent.home, *arguments, **env))


@pytest.fixture
async def desk(
    tmp_path: Path, home: Path, tympan_at: Callable[..., Done]
) -> AsyncIterator[Callable[..., Awaitable[Done]]]:
    """An agent whose printer ``front-desk`` is the virtual device ``lab``."""
    async with (
        simulator(tmp_path / "paper", Profile(name="lab")) as site,
        agent(home, env={"TYMPAN_KEYS": "file"}) as running,
    ):
        await running.ask("printers.add", name="Front Desk", uri=site["lab"].uri)
        yield Desk(agent=running, site=site, tympan_at=tympan_at)


@pytest.fixture
def refused() -> Callable[[Done, int], str]:
    """Checks an error: its status, cause and next step on stderr, nothing else anywhere; returns what it said."""

    def check(done: Done, status: int) -> str:
        assert done.returncode == status, done
        assert done.stdout == ""
        cause, *rest = done.stderr.splitlines()
        assert cause.startswith("tympan: ")
        assert len(cause) > len("tympan: ")
        assert len(rest) == 1, done.stderr
        assert rest[0].startswith("        ")
        assert rest[0].strip()
        assert "nobody foresaw" not in cause
        return done.stderr

    return check
