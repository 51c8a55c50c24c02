"""``tympan-hub serve`` that can be stopped, killed and started again on the same port."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
from rig import Program, answers_http, free_port, run

COMMAND = str(Path(sys.executable).with_name("tympan-hub"))
TENANT = "acme"
_START_S = 60.0


@attrs.define(kw_only=True)
class HubProcess:
    """A hub that is served.

    Attributes:
        home: Its state folder.
        port: Where it answers on loopback.
        program: Its process.
    """

    home: Path
    port: int
    program: Program

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    async def command(self, *arguments: str, stdin: str = "") -> str:
        """What a command of ``tympan-hub`` on this folder printed; it must end well."""
        return (await run([COMMAND, "--home", str(self.home), *arguments], input_bytes=stdin.encode())).strip()

    async def start(self) -> None:
        """Serves, again on the same port; returns when it answers."""

        async def ready() -> bool:
            return await answers_http(self.port)

        await self.program.start(ready, timeout_s=_START_S)


@asynccontextmanager
async def hub_process(
    home: Path, *, serve: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> AsyncIterator[HubProcess]:
    """A hub on a folder and a free port, not started yet; ``serve`` are more arguments of ``tympan-hub serve``."""
    port = free_port()
    argv = [COMMAND, "--home", str(home), "serve", "--port", str(port), *serve]
    program = Program(argv=argv, log=home.with_name(f"{home.name}.out"), env=env or {})
    try:
        yield HubProcess(home=home, port=port, program=program)
    except Exception as error:
        error.add_note(f"--- the hub wrote:\n{program.tail()}")
        raise
    finally:
        await program.stop()
