"""Programs the rig starts: each ended by its id with all its children, whatever happens to the test."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import psutil
import trio

from rig._forge import HABIT, Forged
from rig._ground import Ground, ground, standing_on
from rig._limits import COMMAND_S, KILL_S, LOG_TAIL, STOP_S
from rig._places import Account
from rig._waiting import wait_until


class ProgramFailed(RuntimeError):
    """A program ended, or did not come up, or a command gave a status other than 0; says what it wrote."""


@attrs.define(kw_only=True)
class Program:
    """A long-running program that can be stopped and started again as it was.

    Attributes:
        argv: Program and arguments.
        env: Added to the rig's own environment.
        log: File that takes its output; appended to at every start.
        account: Who it runs as; None is the caller.
        ground: Where it runs: where whoever made it stood.
        forked: Whether one of ours may be forked from one that has imported it, as it makes no difference to the test.
    """

    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] = attrs.field(factory=dict)
    account: Account | None = None
    ground: Ground = attrs.field(factory=ground)
    forked: bool = True
    _process: trio.Process | Forged | None = attrs.field(default=None, init=False)

    @property
    def pid(self) -> int:
        """Its process id; raises ``ProgramFailed`` when it does not run."""
        if not self.running or self._process is None:
            raise ProgramFailed(f"{self.argv[0]} does not run\n{self.tail()}")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def status(self) -> int | None:
        """Its exit status (minus the signal's number when a signal ended it); None while it runs."""
        return None if self._process is None else self._process.poll()

    def tail(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text(errors="replace")[-LOG_TAIL:] if self.log.exists() else ""

    async def start(self, ready: Callable[[], Awaitable[bool]], *, timeout_s: float) -> None:
        """Starts it and returns when ``ready`` says so."""
        if self.running:
            raise ProgramFailed(f"{self.argv[0]} runs already")
        await self._spawn()

        async def up() -> bool:
            return self.pid > 0 and await ready()

        try:
            with standing_on(self.ground):
                await wait_until(up, f"{self.argv[0]} to answer", timeout_s=timeout_s)
        except TimeoutError as error:
            raise ProgramFailed(f"{error}\n{self.tail()}") from error

    async def _spawn(self) -> None:
        with self.log.open("ab") as log:
            if await self._forge(log.fileno()):
                return
            self._process = await trio.lowlevel.open_process(
                self.ground.argv(*self._as_account(), *self.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.env},
                start_new_session=True,
            )

    async def _forge(self, log: int) -> bool:
        made = HABIT.forge_of(self.argv, self.env) if self.forked and self.account is None else None
        if made is None:
            return False
        env = {**os.environ, **self.env}
        self._process = await trio.to_thread.run_sync(lambda: made.serve(self.argv, env, log, self.ground.room))
        return True

    def _as_account(self) -> Sequence[str]:
        """What turns into that account and then into the program: entering a host's network needs root."""
        if self.account is None or self.account.uid == os.getuid():
            return ()
        return ("setpriv", f"--reuid={self.account.uid}", f"--regid={self.account.gid}", "--clear-groups", "--")

    async def stop(self, *, timeout_s: float = STOP_S) -> int | None:
        """Asks it to end (SIGTERM), then insists (SIGKILL). Returns its exit status, None when it never ran."""
        await self._end(signal.SIGTERM, timeout_s)
        return self.status

    async def kill9(self) -> None:
        """Ends it as a power cut would."""
        await self._end(signal.SIGKILL, KILL_S)

    async def _end(self, how: signal.Signals, timeout_s: float) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        children = psutil.Process(process.pid).children(recursive=True)
        with trio.CancelScope(shield=True):
            process.send_signal(how)
            with trio.move_on_after(timeout_s):
                await process.wait()
            if process.poll() is None:
                process.kill()
                with trio.move_on_after(KILL_S):
                    await process.wait()
            _kill_all(children)

    def pause(self) -> None:
        """Freezes it (SIGSTOP): it keeps its connections and answers nobody."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Lets it go on (SIGCONT)."""
        os.kill(self.pid, signal.SIGCONT)


def _kill_all(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue


@asynccontextmanager
async def ending(program: Program) -> AsyncIterator[Program]:
    """Ends ``program`` at the end of the block; a failure in the block carries the end of the program's output."""
    try:
        yield program
    except Exception as error:
        error.add_note(f"--- {program.argv[0]} wrote:\n{program.tail()}")
        raise
    finally:
        if program.running:
            program.resume()
        await program.stop()


@attrs.frozen(kw_only=True)
class Ended:
    """How a command ended.

    Attributes:
        status: Its exit status.
        out: What it wrote to standard output.
        err: What it wrote to standard error.
    """

    status: int
    out: str
    err: str


async def run(
    argv: Sequence[str], *, env: Mapping[str, str] | None = None, input_bytes: bytes = b"", check: bool = True
) -> str:
    """Runs a command to its end and returns its output; status other than 0 raises ``ProgramFailed``."""
    done = await attempt(argv, env=env, input_bytes=input_bytes)
    if check and done.status:
        raise ProgramFailed(f"{' '.join(argv)} ended with {done.status}: {done.out}{done.err}")
    return done.out


async def attempt(argv: Sequence[str], *, env: Mapping[str, str] | None = None, input_bytes: bytes = b"") -> Ended:
    """Runs a command where the caller stands to its end, well or not."""
    made = HABIT.forge_of(argv, env or {})
    if made is not None:
        forked = await made.attempt(argv[1:], {**os.environ, **(env or {})}, input_bytes, ground().room)
        return Ended(status=forked.returncode, out=forked.stdout, err=forked.stderr)
    with trio.fail_after(COMMAND_S):
        done = await trio.run_process(
            ground().argv(*argv),
            stdin=input_bytes,
            capture_stdout=True,
            capture_stderr=True,
            check=False,
            env={**os.environ, **(env or {})},
        )
    return Ended(
        status=done.returncode, out=done.stdout.decode(errors="replace"), err=done.stderr.decode(errors="replace")
    )
