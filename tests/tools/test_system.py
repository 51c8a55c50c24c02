"""``tools/system.sh`` beside an ``apt-get`` of our own: the guard goes however it ends, and a failure is told."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "system.sh"
WAIT_S = 30


@pytest.fixture
def stubs(tmp_path: Path) -> Path:
    """A PATH on which nothing is installed, where everybody is root."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("rm", "chmod", "sleep"):
        (folder / name).symlink_to(f"/bin/{name}")
    write(folder / "id", "echo 0")
    return folder


def write(program: Path, body: str) -> None:
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


def as_in_a_terminal() -> None:
    """Hears signals: a runner in the background, or one that outlives its terminal, hands them on ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def start(stubs: Path, **env: str) -> subprocess.Popen[str]:
    guard = str(stubs.parent / "guard")
    return subprocess.Popen(
        ["/bin/sh", str(SCRIPT)], env={"PATH": str(stubs), "SERVICE_GUARD": guard, **env},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=as_in_a_terminal,
    )  # fmt: skip


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_an_installation_that_fails_is_told_and_ends_only_integration(stubs: Path, ci: str, status: int) -> None:
    write(stubs / "apt-get", f'[ -x "{stubs.parent}/guard" ] || exit 9; echo no network >&2; exit 100')
    process = start(stubs, CI=ci)
    _, said = process.communicate(timeout=WAIT_S)
    assert process.returncode == status
    assert said.startswith("no network\nsystem: apt-get could not install them")
    assert ("system: not found: " in said) is (status == 0)
    assert not (stubs.parent / "guard").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_guard_goes_when_the_installation_is_ended(stubs: Path, number: signal.Signals) -> None:
    write(stubs / "apt-get", "echo begun; exec sleep 60")
    process = start(stubs)
    assert process.stdout is not None
    lines = iter(process.stdout)
    assert next(lines).startswith("system: installing")
    assert next(lines) == "begun\n"
    assert (stubs.parent / "guard").exists()
    os.killpg(process.pid, number)
    process.wait(WAIT_S)
    assert process.returncode not in (0, None)
    assert not (stubs.parent / "guard").exists()


def test_a_guard_of_somebody_else_s_stays(stubs: Path) -> None:
    (stubs.parent / "guard").write_text("theirs")
    write(stubs / "apt-get", "exit 0")
    assert start(stubs).wait(WAIT_S) == 0
    assert (stubs.parent / "guard").read_text() == "theirs"


def test_without_root_it_says_what_is_missing(stubs: Path) -> None:
    write(stubs / "id", "echo 1000")
    process = start(stubs)
    _, said = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0
    assert "ippeveprinter" in said
    assert "On Debian: apt-get install " in said and " cups " in said


def test_what_announces_scans_and_passes_notices_on_is_installed_with_the_rest(stubs: Path) -> None:
    write(stubs / "apt-get", f'echo "$@" >> {stubs.parent}/asked')
    assert start(stubs).wait(WAIT_S) == 0
    asked = (stubs.parent / "asked").read_text().splitlines()[-1].split()
    assert {"iproute2", "avahi-daemon", "avahi-utils", "nmap", "wsdd", "mosquitto"} <= set(asked)
