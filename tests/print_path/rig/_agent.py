"""Our own agent as a process: started the way a user starts it, stopped in order or by a power cut."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import trio

from rig._forge import forge_of
from rig._ground import standing_on
from rig._limits import ASK_S, START_S
from rig._ports import answers_http, answers_post, free_port
from rig._programs import Program, ProgramFailed, ending, run

COMMAND = Path(sys.executable).with_name("tympan")
_ENDPOINT = "ipp_endpoint"
_COMING = frozenset({"found", "starting"})
"""States of a plugin that was not tried yet."""


@attrs.define(kw_only=True)
class Agent:
    """A running agent.

    Attributes:
        home: Its state folder.
        port: Of its loopback listener.
        program: Its process.
        command: The program ``tympan`` that is asked.
    """

    home: Path
    port: int
    program: Program
    command: Path = COMMAND

    @property
    def url(self) -> str:
        """Its loopback listener."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.program.pid

    def output(self) -> str:
        """All it wrote to stdout and stderr, over all its starts."""
        return self.program.log.read_text(errors="replace") if self.program.log.exists() else ""

    async def start(self) -> None:
        """Starts it, again with the same home and port; returns when it can be asked and printed to."""
        await self.program.start(self._ready, timeout_s=START_S)

    async def stop(self) -> int | None:
        """Ends it in order (SIGTERM); returns its exit status."""
        return await self.program.stop()

    async def kill9(self) -> None:
        """Ends it as a power cut would."""
        await self.program.kill9()

    async def tympan(self, *arguments: str, check: bool = True) -> str:
        """Runs the command ``tympan`` against this agent and returns what it printed."""
        made = forge_of([str(self.command)], self.program.env)
        if made is None:
            with standing_on(self.program.ground):
                return await run([str(self.command), *arguments], env=self.program.env, check=check)
        done = await made.attempt(arguments, {**os.environ, **self.program.env}, room=self.program.ground.room)
        if check and done.returncode:
            raise ProgramFailed(
                f"tympan {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}"
            )
        return done.stdout

    async def ask(self, operation: str, **arguments: str) -> Any:
        """What its control answers, without a process of ``tympan`` for each look; raises ``ProgramFailed``."""
        token = self.home / "run" / "token"
        if not token.exists():
            raise ProgramFailed(f"the agent says to nobody who may ask {operation}")
        said, asked = token.read_text().strip(), json.dumps(arguments).encode()
        with standing_on(self.program.ground):
            answer = await answers_post(self.port, f"/api/v1/{operation}", said, asked, within_s=ASK_S)
        if answer is None:
            raise ProgramFailed(f"the agent does not answer {operation}")
        return json.loads(answer)

    async def _ready(self) -> bool:
        """The listener is open before the endpoint is up, and tells spoolers so with 503: ``ipptool`` gives up then."""
        return await answers_http(self.port) and await self._tried_endpoint()

    async def _tried_endpoint(self) -> bool:
        """Whether the plugin that takes jobs runs, or policy or a fault keeps it from it."""
        token = self.home / "run" / "token"
        if not token.exists():  # the site answers a moment before it says who may ask
            return False
        answer = await answers_post(self.port, "/api/v1/plugins", token.read_text().strip())
        return answer is not None and _ENDPOINT not in {
            row["id"] for row in json.loads(answer) if row["status"] in _COMING
        }


@asynccontextmanager
async def agent(
    home: Path,
    *,
    port: int | None = None,
    env: Mapping[str, str] | None = None,
    settings: str = "",
    started: bool = True,
    command: Path = COMMAND,
    forked: bool = True,
) -> AsyncIterator[Agent]:
    """An agent on ``home`` and a free port, with ``settings`` (TOML) of its plugins; it writes to a file beside.

    ``forked`` lets it be forked from one that has imported it, where tests let that be.
    """
    chosen = free_port() if port is None else port
    await trio.Path(home).mkdir(parents=True, exist_ok=True)
    if settings:
        await trio.Path(home / "settings.toml").write_text(settings)
    program = Program(
        argv=[str(command), "run", "--port", str(chosen)],
        log=home.with_name(f"{home.name}.out"),
        env={**(env or {}), "TYMPAN_HOME": str(home)},
        forked=forked,
    )
    running = Agent(home=home, port=chosen, program=program, command=command)
    async with ending(program):
        if started:
            await running.start()
        yield running
