"""``tools/demo.py``: it shows the main job to its end, and ends what it started when it is ended itself."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO_S = 120
LEFT_S = 20
pytestmark = pytest.mark.system


def as_in_a_terminal() -> None:
    """Hears signals: a runner in the background, or one that outlives its terminal, hands them on ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def demo(output: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "tools" / "demo.py"), str(output)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=as_in_a_terminal,
    )  # fmt: skip


def processes_below(output: Path) -> list[str]:
    """Command lines and environments of processes that belong to a demo."""
    told = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told.append(process.joinpath("cmdline").read_bytes() + process.joinpath("environ").read_bytes())
        except OSError:
            continue
    return [one.replace(b"\0", b" ").decode(errors="replace") for one in told if str(output).encode() in one]


def nothing_is_left(output: Path) -> None:
    """Waits for a question that was just being asked of the agent: it ends by itself, the agent would not."""
    deadline = time.monotonic() + LEFT_S
    while left := processes_below(output):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def test_the_demo_shows_the_main_job(tmp_path: Path) -> None:
    process = demo(tmp_path / "out put")
    shown, said = process.communicate(timeout=DEMO_S)
    assert (process.returncode, said) == (0, "")
    assert shown.count("100 pages, 10 in colour") >= 4
    assert "nothing found" in shown
    nothing_is_left(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_demo_that_is_ended_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    process = demo(tmp_path / "out")
    assert process.stdout is not None
    assert any("programs print to" in line for line in process.stdout)
    assert (tmp_path / "out" / "state" / "run" / "agent.json").exists()
    assert json.loads((tmp_path / "out" / "state" / "printers.json").read_text())["printers"]
    process.send_signal(number)
    _, said = process.communicate(timeout=DEMO_S)
    assert process.returncode == 1
    assert said.startswith("demo: ")
    assert "Traceback" not in said
    nothing_is_left(tmp_path)


def test_an_output_folder_that_cannot_be_emptied_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    process = demo(tmp_path / "file" / "below")
    _, said = process.communicate(timeout=DEMO_S)
    assert process.returncode == 1
    assert "Remove " in said
