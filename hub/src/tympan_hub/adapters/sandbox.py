"""The sandbox of converters: bubblewrap; without it no network where namespaces can be made, and bounds everywhere.

- In bubblewrap there is no network but a loopback of its own, no other process, and of the files the system's
  programs, fonts and this Python alone, read only: of the hub's state nothing is even named.
- All files of a run lie in a memory of its own with a bound, which is gone with the run, also after a crash. What
  comes out is one stream of bytes, which a bound of the kernel ends.
- Without bubblewrap a program has the hub's rights and sees the hub's files, so only those that open nothing but the
  bytes they were given are run; with namespaces they have no network even so, and none of them stays behind.
- A run ends by its own end, by its wall clock, or by what it uses; then everything it began is killed at once: with the
  first process of a PID namespace the kernel kills all others.
"""

import asyncio
import functools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from tympan_hub.adapters.process_tree import used_by
from tympan_hub.adapters.rooms import Rooms
from tympan_hub.domain.converting import Exit
from tympan_hub.domain.errors import Trouble
from tympan_hub.domain.limits.conversions import (
    CONVERSION_S,
    CPU_S,
    MEMORY_BYTES,
    OPEN_FILES,
    PROCESS_DATA_BYTES,
    RESULT_BYTES,
    SANDBOX_LOOK_S,
    SANDBOX_PROCESSES,
    SCRATCH_BYTES,
)
from tympan_hub.domain.sheets import SHEET_VARIABLE, Sheet

Command = Callable[[Path, Path], Sequence[str]]

_INSIDE: Final = Path("/tmp")  # noqa: S108  # the sandbox's own
_SYSTEM: Final = ("/usr",)
_LINKS: Final = ("bin", "lib", "lib64", "sbin")
_SETTINGS: Final = ("fonts", "alternatives", "ld.so.cache", "libreoffice", "chromium", "chromium.d")
"""Of /etc: what programs need to find fonts, libraries and themselves, and nothing that is a secret."""

_GIVE: Final = '"$@" </dev/null >/dev/null 2>&1; code=$?; [ $code -ne 0 ] || { [ -s "$into" ] && cat "$into"; }'
_FENCE: Final = ("unshare", "--user", "--map-current-user", "--net", "--ipc", "--pid", "--fork", "--kill-child", "--")
_STOPPED: Final = 128
_NO_PROGRAM: Final = (126, 127)
"""What a shell says when a command cannot be run."""

_TOO_LONG: Final = (signal.SIGXCPU,)
_TOO_LARGE: Final = (signal.SIGXFSZ,)
_SAID: Final = {
    Exit.PASSWORD: Trouble.PASSWORD,
    Exit.TOO_LARGE: Trouble.TOO_LARGE,
    Exit.UNSUPPORTED: Trouble.UNSUPPORTED,
}
_PROBE_S: Final = 10.0


class ProcessSandbox:
    """``Sandbox``.

    Args:
        rooms: Where documents lie.
        seconds: Longest run.
        memory_bytes: Most memory of all processes of one.
    """

    def __init__(self, rooms: Rooms, *, seconds: float = CONVERSION_S, memory_bytes: int = MEMORY_BYTES) -> None:
        self._rooms = rooms
        self._seconds = seconds
        self._memory_bytes = memory_bytes

    @property
    def problem(self) -> str:
        """As the port says; tried out once."""
        return _problem()

    @property
    def told(self) -> str:
        """As the port says."""
        if not self.problem:
            return "whole: converters have no network, and none of the hub's files"
        network = "no network" if _fence() else "the hub's network"
        return f"weak: converters run with the hub's rights and files, and with {network}: {self.problem}"

    def room(self) -> AbstractContextManager[Path]:
        """As the port says."""
        return self._rooms.room()

    async def run(self, command: Command, source: Path, into: Path, sheet: Sheet) -> Trouble | None:
        """As the port says."""
        words = _walled(command, source, sheet) if not self.problem else _bare(command, source, into)
        with _fresh(into) as result:
            process = await asyncio.create_subprocess_exec(
                *_bounded(),
                *words,
                stdin=subprocess.DEVNULL,
                stdout=result,
                stderr=subprocess.DEVNULL,
                cwd=into.parent,
                start_new_session=True,
                env=_environment(into.parent, sheet),
            )
        try:
            return await self._ended(process, into)
        finally:
            await _killed(process)

    async def _ended(self, process: asyncio.subprocess.Process, into: Path) -> Trouble | None:
        looking = asyncio.create_task(self._outgrown(process.pid))
        waiting = asyncio.create_task(process.wait())
        try:
            async with asyncio.timeout(self._seconds):
                await asyncio.wait({looking, waiting}, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            return Trouble.TOO_LONG
        finally:
            looking.cancel()
            waiting.cancel()
            await asyncio.gather(looking, waiting, return_exceptions=True)
        if process.returncode is None:
            return Trouble.TOO_LARGE
        return _trouble(process.returncode, into)

    async def _outgrown(self, pid: int) -> None:
        """Returns when the processes of a run use more than they may."""
        while True:
            used = used_by(pid, SANDBOX_PROCESSES)
            if used.memory_bytes > self._memory_bytes or used.processes > SANDBOX_PROCESSES:
                return
            await asyncio.sleep(SANDBOX_LOOK_S)


def _fresh(into: Path) -> BinaryIO:
    return into.open("wb")


def _trouble(code: int, into: Path) -> Trouble | None:
    """What an exit status means: of the program itself, or of the shell that watched it."""
    if code == Exit.DONE and into.stat().st_size:
        return None
    if code in _NO_PROGRAM:
        return Trouble.AWAY
    number = -code if code < 0 else code - _STOPPED
    if number in _TOO_LARGE:
        return Trouble.TOO_LARGE
    if number in _TOO_LONG:
        return Trouble.TOO_LONG
    return next((trouble for said, trouble in _SAID.items() if code == said), Trouble.BROKEN)


async def _killed(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(process.wait())


def _bounded() -> Iterator[str]:
    """Behind everything else in line for a processor, and with the kernel's bounds for each process."""
    yield from ("nice", "-n", "10", "prlimit", f"--cpu={CPU_S}", f"--data={PROCESS_DATA_BYTES}", "--core=0")
    yield from (f"--fsize={RESULT_BYTES}", f"--nofile={OPEN_FILES}", "--")


def _environment(home: Path, sheet: Sheet) -> dict[str, str]:
    given = {"PATH": "/usr/bin:/bin", "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8"}
    return {**given, SHEET_VARIABLE: sheet.value}


def _walled(command: Command, source: Path, sheet: Sheet) -> Iterator[str]:
    """Within bubblewrap; the document is the one file of the hub that is seen there."""
    inside, into = _INSIDE / source.name, _INSIDE / "result" / "document.pdf"
    yield from _wall(sheet)
    yield from ("--dir", str(into.parent), "--ro-bind", str(source), str(inside), "--chdir", str(_INSIDE))
    yield from ("--remount-ro", "/", "--setenv", "into", str(into))
    yield from ("--", "sh", "-c", _GIVE + "; exit $code", "sh", *command(inside, into))


def _bare(command: Command, source: Path, into: Path) -> Iterator[str]:
    """Without: the program sees the machine's files as the hub does, so only those that follow nothing are run so."""
    made = into.with_name("made")
    yield from _fence()
    yield from ("env", f"into={made}", "sh", "-c", _GIVE + "; exit $code", "sh", *command(source, made))


def _wall(sheet: Sheet = Sheet.A4) -> Iterator[str]:
    yield from ("bwrap", "--unshare-user", "--disable-userns", "--unshare-pid", "--unshare-net", "--unshare-ipc")
    yield from ("--unshare-uts", "--unshare-cgroup-try", "--uid", "65534", "--gid", "65534")
    yield from ("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv")
    for name, value in _environment(_INSIDE, sheet).items():
        yield from ("--setenv", name, value)
    for folder in _SYSTEM:
        yield from ("--ro-bind", folder, folder)
    for link in _LINKS:
        if Path("/", link).is_symlink():
            yield from ("--symlink", f"usr/{link}", f"/{link}")
        else:
            yield from ("--ro-bind-try", f"/{link}", f"/{link}")
    for name in _SETTINGS:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    yield from ("--proc", "/proc", "--dev", "/dev", "--size", str(SCRATCH_BYTES), "--tmpfs", "/dev/shm")  # noqa: S108
    yield from ("--remount-ro", "/dev", "--size", str(SCRATCH_BYTES), "--tmpfs", str(_INSIDE))
    for folder in _python():
        yield from ("--ro-bind", folder, folder)


@functools.cache
def _python() -> tuple[str, ...]:
    """Folders of this Python and of the hub's code, where converters of ours come from."""
    import tympan_hub

    code = Path(tympan_hub.__file__).resolve().parent
    wanted = [Path(sys.base_prefix), Path(sys.prefix), Path(sys.executable).resolve().parent]
    wanted = [Path(os.path.normpath(each)) for each in wanted]  # as the command names them
    if not any(map(code.is_relative_to, wanted)):
        wanted.append(code.parent)  # the code lies in a checkout
    return tuple(dict.fromkeys(str(each) for each in wanted if not each.is_relative_to("/usr")))


@functools.cache
def _problem() -> str:
    """Tries the wall out."""
    if sys.platform != "linux" or shutil.which("bwrap") is None:
        return "bubblewrap is not installed. On Debian: apt-get install bubblewrap"
    try:
        python = (os.path.normpath(sys.executable), "-c", "import tympan_hub")
        subprocess.run([*_wall(), "--", *python], check=True, capture_output=True, timeout=_PROBE_S)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        return f"no namespaces can be made here ({said:.200}). Let the hub's user make them: user.max_user_namespaces"
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not run: {error}"
    return ""


@functools.cache
def _fence() -> tuple[str, ...]:
    """What takes the network away where bubblewrap is not; tried out, and nothing where no namespaces can be made."""
    try:
        subprocess.run([*_FENCE, "true"], check=True, capture_output=True, timeout=_PROBE_S)
    except (OSError, subprocess.SubprocessError):
        return ()
    return _FENCE
