"""A Windows CPython under wine beside a ``cupsd`` of its own: started, given orders, ended.

Owns: a folder of wine with its server, and the process, for the length of a ``with`` block.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[3]
_WINE: Final = "/usr/lib/wine/wine64"
_SERVER: Final = "/usr/lib/wine/wineserver64"
_ANSWER_S: Final = 120.0
"""For one order: wine starts three processes for a job, on a machine that runs other tests."""
_SOURCES: Final = ("core/src", "wire/src", "net/src", "plugins/spool_windows/src")


class OrderFailed(Exception):
    """The spooler raised: the kind of error, and its sentence."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(f"{kind}: {sentence}")
        self.kind = kind
        self.sentence = sentence


class Windows:
    """The side under wine.

    Args:
        folder: Of wine, and of nobody else.
        kept: Where interpreter and wheels are.
        cups: The socket of the ``cupsd``.
    """

    def __init__(self, folder: Path, kept: Path, cups: Path) -> None:
        self._kept = kept
        self._environment = _environment(folder, kept, cups)
        self._said: list[str] = []
        self.process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [_WINE, str(self._kept / "python" / "python.exe"), "-P", windows_path(HERE / "side.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,  # wine gives Python no file for a stream
            text=True,
            env=self._environment,
            cwd="/",
        )
        threading.Thread(target=self._hear, args=(process.stderr,), daemon=True).start()
        return process

    def _hear(self, pipe: IO[str]) -> None:
        with pipe:
            self._said.extend(pipe)

    def do(self, order: str, **told: Any) -> Any:
        """Gives an order; the answer, or ``OrderFailed``."""
        assert self.process.stdin is not None
        print(json.dumps({"do": order, **told}), file=self.process.stdin, flush=True)
        return self.answer()

    def answer(self) -> Any:
        """The next answer."""
        assert self.process.stdout is not None
        line = _line(self.process.stdout, self.process)
        assert line, f"the side under wine ended: {''.join(self._said[-20:])}"
        said = json.loads(line)
        if "error" in said:
            raise OrderFailed(said["error"], said["sentence"])
        return said["answer"]

    def begin_again(self) -> None:
        """Starts the side anew, after it died."""
        self.process.wait(_ANSWER_S)
        self.close()
        self.process = self._start()
        self.answer()

    def close(self) -> None:
        """Ends the process."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(_ANSWER_S)


def _line(pipe: IO[str], process: subprocess.Popen[str]) -> str:
    """One line within the deadline; the process is killed beyond it, so that reading ends."""
    alarm = threading.Timer(_ANSWER_S, process.kill)
    alarm.start()
    try:
        line = pipe.readline()
    finally:
        alarm.cancel()
    return line


@contextmanager
def windows_beside(cups: Path) -> Iterator[Windows]:
    """Windows whose queues are those of a ``cupsd``, which must have them already: wine looks once in each process."""
    kept = Path(_kept())
    with tempfile.TemporaryDirectory(prefix="tympan-wine-", ignore_cleanup_errors=True) as place:
        folder = Path(place) / "prefix"
        shutil.copytree(kept / "prefix", folder, symlinks=True)
        made = Windows(folder, kept, cups)
        try:
            assert made.answer() == "win32"
            yield made
        finally:
            made.close()
            server = {**os.environ, "WINEPREFIX": str(folder)}
            subprocess.run([_SERVER, "-k"], env=server, check=False, timeout=_ANSWER_S)
            subprocess.run([_SERVER, "-w"], env=server, check=False, timeout=_ANSWER_S)


def _kept() -> str:
    done = subprocess.run([ROOT / "tools" / "windows.sh"], stdout=subprocess.PIPE, text=True, check=False, timeout=600)
    assert done.returncode == 0, "tools/windows.sh says above what is missing"
    return done.stdout.strip()


def _environment(folder: Path, kept: Path, cups: Path) -> dict[str, str]:
    paths = [HERE.parent, *(ROOT / source for source in _SOURCES), kept / "site"]
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder.parent),
        "LANG": "C.UTF-8",
        "CUPS_SERVER": str(cups),
        "WINEPREFIX": str(folder),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe=",
        "PYTHONPATH": ";".join(map(windows_path, paths)),
        # Compiled once and for all runs, and not beside sources that are another system's, too.
        "PYTHONPYCACHEPREFIX": windows_path(kept / "compiled"),
        "PYTHONUTF8": "1",
    }


def windows_path(path: Path) -> str:
    """How a program under wine calls a file."""
    return "Z:" + str(path).replace("/", "\\")
