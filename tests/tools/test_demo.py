"""``tools/demo``: it shows the whole product to its end, and ends what it started when it is ended itself."""

from __future__ import annotations

import getpass
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tools.demo.people import Person
from tools.demo.portal import Portal

ROOT = Path(__file__).resolve().parents[2]
DEMO_S = 300
LEFT_S = 20
pytestmark = pytest.mark.system


def as_in_a_terminal() -> None:
    """Hears signals: a runner in the background, or one that outlives its terminal, hands them on ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def demo(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A demo, which is ended with the block, also where a test fails in it."""
    command = [sys.executable, "-m", "tools.demo", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=as_in_a_terminal,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.communicate(timeout=DEMO_S)


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


def shown_until(process: subprocess.Popen[str], line_begins: str) -> list[str]:
    """The lines a demo prints until one begins so; fails when it ends before."""
    lines = []
    for line in process.stdout or ():
        lines.append(line.strip())
        if lines[-1].startswith(line_begins):
            return lines
    pytest.fail(f"no line began with {line_begins!r}: {lines}, {process.stderr and process.stderr.read()}")


def facts(lines: list[str]) -> dict[str, str]:
    """What the hub told of the job: names and values, two spaces apart."""
    told = lines[next(place for place, line in enumerate(lines) if "as the hub tells it" in line) :]
    return {name: value for name, _, value in (re.sub("  +", "  ", line).partition("  ") for line in told) if value}


def sign_ins(lines: list[str]) -> list[tuple[str, str]]:
    """The e-mail addresses and passwords that a demo prints."""
    words = [line.split() for line in lines]
    return [(line[-2], line[-1]) for line in words if len(line) > 2 and "@" in line[-2]]


def is_the_whole_product(lines: list[str]) -> None:
    """What every demo shows, whether it stays or not."""
    shown, told = "\n".join(lines), facts(lines)
    assert shown.count("100 pages, 10 in colour") >= 8
    assert "nothing found" in shown
    assert "by Ben at Studio" in shown
    assert "cloud_tunnel takes it there: through the hub" in shown
    assert (told["Sides printed"], told["Of them in colour"], told["Sheets of paper"]) == ("200", "20", "100")
    assert (told["Printer"], told["Sides"]) == ("Lobby", "Both sides, long edge")
    assert "not told" not in shown
    assert told["Person"] == f"Ben signed in as {getpass.getuser()}"
    assert told["Story"].startswith("Received") and told["Story"].endswith("Printed")


@pytest.mark.soak  # `make demo` is run as often as the tests are, and the demo that stays shows the same
def test_the_demo_shows_the_whole_product(tmp_path: Path) -> None:
    with demo(str(tmp_path / "out put")) as process:
        shown, said = process.communicate(timeout=DEMO_S)
        assert (process.returncode, said) == (0, "")
        is_the_whole_product([line.strip() for line in shown.splitlines()])
        nothing_is_left(tmp_path)


@pytest.mark.parametrize(
    ("number", "at"),
    [
        (signal.SIGINT, "$ tympan print "),
        pytest.param(signal.SIGHUP, "hub and portal", marks=pytest.mark.soak),
        pytest.param(signal.SIGTERM, "$ tympan login", marks=pytest.mark.soak),
    ],
)
def test_a_demo_that_is_ended_leaves_nothing_running(tmp_path: Path, number: signal.Signals, at: str) -> None:
    with demo(str(tmp_path / "out")) as process:
        shown_until(process, at)
        assert (tmp_path / "out" / "state" / "run" / "agent.json").exists()
        process.send_signal(number)
        _, said = process.communicate(timeout=DEMO_S)
        assert process.returncode == 1
        assert any(line.startswith("demo: ") for line in said.splitlines()), said
        assert "Traceback" not in said
        nothing_is_left(tmp_path)


def test_a_demo_that_stays_shows_the_whole_product_and_lets_people_in_until_it_is_ended(tmp_path: Path) -> None:
    with demo("--stay", str(tmp_path / "out")) as process:
        lines = shown_until(process, "Where CUPS runs")
        is_the_whole_product(lines)
        address = next(line.split()[-1] for line in lines if line.startswith("portal "))
        people = sign_ins(lines)
        assert [email for email, _ in people] == ["olu@hub.example", "ada@harbour.example", "ben@harbour.example"]
        for email, password in people:
            portal = Portal(address, Person(role="", name="", email=email, password=password))
            assert portal.open("/account").csrf
        process.send_signal(signal.SIGTERM)
        shown, said = process.communicate(timeout=DEMO_S)
        assert (process.returncode, said) == (0, "")
        assert "everything is ended" in shown
        nothing_is_left(tmp_path)


def test_an_output_folder_that_cannot_be_emptied_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with demo(str(tmp_path / "file" / "below")) as process:
        _, said = process.communicate(timeout=DEMO_S)
        assert process.returncode == 1
        assert "Remove " in said
