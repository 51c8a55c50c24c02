"""The self-contained program: how large it is, and how fast it starts beside the same agent in a virtual environment.

- It is made anew for the run, as a release is. Both sides run the same sources; rounds take turns and medians count.
- A command is begun anew each time, to its end. An agent's start lasts from the beginning of its process until it says
  that it runs.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from figures import ratio_row, record_row, value_row

ROOT: Final = Path(__file__).resolve().parents[2]
ROUNDS: Final = 9
BUILD_S: Final = 1500.0
COMMAND_S: Final = 60.0
MIB: Final = 1024 * 1024
PACKED_MIB: Final = 60.0
"""What every desktop fetches for an update."""
LAID_MIB: Final = 200.0
"""Three versions lie side by side at most."""
SLOWER: Final = 1.5
"""A command of the bundle may take this many times as long as one of the virtual environment."""
_VENV: Final = (sys.executable, "-m", "tympan_cli")
_BESIDE: Final = "the same from a virtual environment"
_READY: Final = b"the agent runs"


def made(folder: Path) -> tuple[Path, Path]:
    """The program's folder and its archive."""
    command = [sys.executable, str(ROOT / "packaging"), "bundle", "--version", "1.0.0"]
    where = ["--into", str(folder / "out"), "--work", str(folder / "work")]
    subprocess.run([*command, *where], check=True, capture_output=True, timeout=BUILD_S)
    [archive] = (folder / "out").glob("*.tar.gz")
    return folder / "work" / "made" / "tympan", archive


def size_mib(tree: Path) -> float:
    """Of all files below a folder."""
    return sum(path.stat().st_size for path in tree.rglob("*") if path.is_file() and not path.is_symlink()) / MIB


def command_s(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Seconds of a command that ends by itself."""
    begin = time.perf_counter()
    subprocess.run([*command, "--version"], check=True, capture_output=True, env=env, timeout=COMMAND_S)
    return time.perf_counter() - begin


def agent_s(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Seconds until an agent on a fresh folder says that it runs."""
    with tempfile.TemporaryDirectory() as home:
        begin = time.perf_counter()
        with _running([*command, "run", "--port", "0"], {**env, "TYMPAN_HOME": home, "TYMPAN_KEYS": "file"}) as agent:
            assert agent.stderr is not None
            for line in agent.stderr:
                if _READY in line:
                    return time.perf_counter() - begin
    raise RuntimeError("the agent ended before it ran")


@contextmanager
def _running(command: Sequence[str], env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def run() -> list[dict[str, Any]]:
    """Size, a command, the agent."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with tempfile.TemporaryDirectory() as folder:
        tree, archive = made(Path(folder))
        ours: tuple[str, ...] = (str(tree / "tympan"),)
        rounds = [(command_s(ours, env), command_s(_VENV, env), agent_s(ours, env), agent_s(_VENV, env))
                  for _ in range(ROUNDS)]  # fmt: skip
        command, command_there, agent, agent_there = map(statistics.median, zip(*rounds, strict=True))
        packed, laid = archive.stat().st_size / MIB, size_mib(tree)
    return [
        value_row("bundle: what is fetched", ours=packed, peer=None, unit="MiB", promise="<=", bound=PACKED_MIB),
        value_row("bundle: what is laid", ours=laid, peer=None, unit="MiB", promise="<=", bound=LAID_MIB),
        ratio_row("bundle: tympan --version", ours=command, peer=command_there, unit="s", promise="<=", bound=SLOWER,
                  beside=_BESIDE),
        record_row("bundle: start of the agent", ours=agent, peer=agent_there, unit="s", beside=_BESIDE),
    ]  # fmt: skip
