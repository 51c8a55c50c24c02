"""Runs our own programs in processes that are forked from one which has imported them: a start is mostly imports.

- Each has arguments, environment, streams, session, signals, status and end of its own, like one that was started.
- What only a start of its own shows (encodings, terminals, what is imported when) is tried with processes that are
  started.
- What a process imports as it needs it, the forge imports after it, for all that come later.
- Whoever forks ends what it forked: when the tests are gone, all of it is.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

import attrs
import trio

from rig._ground import Room

Done = subprocess.CompletedProcess[str]
SECONDS = 90
_SERVER = Path(__file__).with_name("_forge_process.py")
_ANSWER_BYTES = 64
_STATUS_BYTES = 8
_PACKAGES = {"tympan": "tympan_cli", "tympan-hub": "tympan_hub.cli", "tympan-sim": "tympan_sim"}
"""Our programs, and the packages whose ``__main__`` they are."""


@attrs.define(eq=False, kw_only=True)
class Forged:
    """A process that was forked, with the face of one that was started.

    Attributes:
        pid: Its process id.
        returncode: Its exit status, minus the signal's number when a signal ended it; None until its end was heard of.
    """

    pid: int
    returncode: int | None = attrs.field(default=None, init=False)
    _handle: int
    _ending: int

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        if self.returncode is None and select.select([self._ending], [], [], 0)[0]:
            self._hear()
        return self.returncode

    async def wait(self) -> int:
        """Waits for its end; returns its exit status."""
        if self.returncode is None:
            await trio.lowlevel.wait_readable(self._ending)
            if self.returncode is None:
                self._hear()
        return self.join(0)

    def join(self, timeout_s: float) -> int:
        """As ``wait``, for who does not run trio; raises ``subprocess.TimeoutExpired``."""
        if self.returncode is None:
            if not select.select([self._ending], [], [], timeout_s)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout_s)
            self._hear()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """To this process and no other that has its number later; nothing when it has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """Ends it at once."""
        self.send_signal(signal.SIGKILL)

    def _hear(self) -> None:
        said = os.read(self._ending, _STATUS_BYTES)
        self.returncode = int(said) if said else -signal.SIGKILL  # the forge is gone, and all with it
        os.close(self._ending)
        os.close(self._handle)


@attrs.define
class Forge:
    """The process others are forked from, of this interpreter.

    Attributes:
        folder: For what commands write.
        package: With the program's ``__main__``, and all it imports from the beginning.
        name: As the command is called.
    """

    folder: Path
    package: str = "tympan_cli"
    name: str = "tympan"
    _process: subprocess.Popen[bytes] | None = None
    _line: socket.socket | None = None
    _asking: threading.Lock = attrs.field(factory=threading.Lock)

    def begin(
        self,
        words: Sequence[str],
        env: Mapping[str, str],
        streams: tuple[int, int, int],
        *,
        session: bool = False,
        room: Room | None = None,
    ) -> Forged:
        """Forks a process with these three streams, in a room if need be; ``words`` begin with the program."""
        ending, told = os.pipe()
        asked = {
            "words": list(words),
            "env": dict(env),
            "cwd": str(Path.cwd()),
            "session": session,
            "room": None if room is None else attrs.asdict(room, value_serializer=lambda *of: str(of[2])),
        }
        try:
            with self._asking:
                line = self._line or self._start()
                socket.send_fds(line, [json.dumps(asked).encode()], [*streams, told])
                answer, handles, _, _ = socket.recv_fds(line, _ANSWER_BYTES, 1)
        finally:
            os.close(told)
        assert answer, "the forge has ended"
        return Forged(pid=int(answer), handle=handles[0], ending=ending)

    def serve(self, words: Sequence[str], env: Mapping[str, str], log: int, room: Room | None = None) -> Forged:
        """Forks one that stays, in a session of its own."""
        with open(os.devnull, "rb") as nothing:
            return self.begin(words, env, (nothing.fileno(), log, log), session=True, room=room)

    def run(self, arguments: Sequence[str | bytes], env: Mapping[str, str], stdin: str = "") -> Done:
        """One command, to its end."""
        words = [self.name, *map(os.fsdecode, arguments)]
        with _Streams.given(stdin.encode()) as streams:
            command = self.begin(words, env, streams.numbers)
            try:
                return streams.done(words, command.join(SECONDS))
            finally:
                command.kill()

    async def attempt(
        self,
        arguments: Sequence[str | bytes],
        env: Mapping[str, str],
        stdin: bytes = b"",
        room: Room | None = None,
    ) -> Done:
        """As ``run``, for who runs trio: where that is canceled, the command is killed."""
        words = [self.name, *map(os.fsdecode, arguments)]
        with _Streams.given(stdin) as streams:
            command = await trio.to_thread.run_sync(lambda: self.begin(words, env, streams.numbers, room=room))
            try:
                with trio.fail_after(SECONDS):
                    return streams.done(words, await command.wait())
            finally:
                command.kill()

    def close(self) -> None:
        """Ends it, and what was forked and still runs."""
        if self._process is not None and self._line is not None:
            self._line.close()
            self._process.wait(SECONDS)

    def _start(self) -> socket.socket:
        self._line, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-P", str(_SERVER), self.package, str(far.fileno()), str(self.folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[far.fileno()])
        far.close()
        return self._line


@attrs.frozen
class _Streams:
    """What a command reads, and what it writes and complains of."""

    files: tuple[IO[bytes], IO[bytes], IO[bytes]]

    @classmethod
    @contextmanager
    def given(cls, stdin: bytes) -> Iterator[_Streams]:
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(stdin)
            given.seek(0)
            yield cls((given, out, err))

    @property
    def numbers(self) -> tuple[int, int, int]:
        given, out, err = (file.fileno() for file in self.files)
        return given, out, err

    def done(self, words: Sequence[str], status: int) -> Done:
        said = []
        for file in self.files[1:]:
            file.seek(0)
            said.append(file.read().decode(errors="surrogateescape"))
        return subprocess.CompletedProcess(words, status, *said)


@functools.cache
def forge(package: str = "tympan_cli", name: str = "tympan") -> Forge:
    """The one of this process and a program; it ends with this process."""
    made = Forge(Path(tempfile.mkdtemp(prefix="tympan-forge-")), package, name)
    atexit.register(_over, made)
    return made


def forge_of(argv: Sequence[str], env: Mapping[str, str]) -> Forge | None:
    """Where a program of ours is forked; None for any other one, and where its interpreter is told something."""
    program = Path(argv[0])
    is_told = any(name.startswith("PYTHON") for name in env)
    if is_told or program.parent != Path(sys.executable).parent or program.name not in _PACKAGES:
        return None
    return forge(_PACKAGES[program.name], program.name)


@attrs.define
class Habit:
    """Whether programs are forked wherever that makes no difference: in tests, and not where one measures."""

    forking: bool = False

    def forge_of(self, argv: Sequence[str], env: Mapping[str, str]) -> Forge | None:
        """Where to fork it; None where it is to be started."""
        return forge_of(argv, env) if self.forking else None


HABIT: Final = Habit()


def _over(made: Forge) -> None:
    made.close()
    shutil.rmtree(made.folder, ignore_errors=True)
