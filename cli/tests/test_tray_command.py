"""``tympan tray`` and ``tympan open``: which agent is asked, and what starts with the session."""

from __future__ import annotations

import configparser
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from session_rig import listens, start_bus

from tympan_cli import _system_agent
from tympan_cli._service_units import tray_entry

COMMAND = Path(sys.executable).with_name("tympan")


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def announced(folder: Path, **told: Any) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    (folder / "agent.json").write_text(json.dumps(told))
    return {_system_agent.PUBLIC: str(folder)}


def test_the_system_s_agent_is_found_where_it_says_and_lives(tmp_path: Path, listening: int) -> None:
    assert _system_agent.public_port(announced(tmp_path, port=listening, pid=os.getpid())) == listening
    assert _system_agent.public_agent(announced(tmp_path, port=listening, pid=os.getpid())) == (listening, os.getuid())
    assert _system_agent.public_port({_system_agent.PUBLIC: str(tmp_path / "none")}) is None
    assert _system_agent.public_port(announced(tmp_path, port=listening, pid=2**22 + 1)) is None


@pytest.mark.parametrize("told", [{}, {"port": "1", "pid": 1}, {"port": 0, "pid": 1}, {"port": 70000, "pid": 1}])
def test_an_announcement_of_nonsense_is_none(tmp_path: Path, told: dict[str, Any]) -> None:
    assert _system_agent.public_port(announced(tmp_path, **told)) is None


def test_where_no_agent_runs_the_page_is_not_opened_and_the_next_step_is_said(
    tympan: Callable[..., Any], tmp_path: Path
) -> None:
    done = tympan("open", "--print", TYMPAN_PUBLIC=str(tmp_path))
    assert done.returncode != 0
    assert "no agent runs" in done.stderr
    assert "tympan run" in done.stderr


def test_a_session_without_a_bus_is_sent_to_the_page(tympan: Callable[..., Any], tmp_path: Path) -> None:
    done = tympan("tray", TYMPAN_PUBLIC=str(tmp_path), DBUS_SESSION_BUS_ADDRESS=f"unix:path={tmp_path}/none")
    assert done.returncode != 0
    assert "tympan open" in done.stderr


@pytest.mark.system
def test_ctrl_c_quits_the_tray_without_a_traceback(tmp_path: Path) -> None:
    place = tmp_path / "bus"
    bus = start_bus(tmp_path, place)
    env = {**os.environ, "TYMPAN_HOME": str(tmp_path / "home"), "DBUS_SESSION_BUS_ADDRESS": f"unix:path={place}"}
    try:
        deadline = time.monotonic() + 20
        while not listens(place):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        # A runner in the background hands on an ignored SIGINT, which a terminal never does.
        with subprocess.Popen(
            [COMMAND, "tray"],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as ours:
            try:
                assert ours.stdout is not None
                assert "tympan open" in ours.stdout.readline()
                ours.send_signal(signal.SIGINT)
                said, faults = ours.communicate(timeout=30)
            finally:
                ours.kill()
        assert "Traceback" not in faults
        assert (ours.returncode, said) == (0, "the tray is quit\n")
    finally:
        bus.terminate()
        bus.wait(10)


def test_the_tray_starts_with_the_session_from_now_on_and_no_more(tympan: Callable[..., Any], tmp_path: Path) -> None:
    entry = tmp_path / "autostart" / "tympan-tray.desktop"
    assert tympan("tray", "--autostart", XDG_CONFIG_HOME=str(tmp_path)).returncode == 0
    assert entry.read_text() == tympan("tray", "--print").stdout
    assert tympan("tray", "--autostart", XDG_CONFIG_HOME=str(tmp_path)).returncode == 0
    assert tympan("tray", "--no-autostart", XDG_CONFIG_HOME=str(tmp_path)).returncode == 0
    assert not entry.exists()
    assert tympan("tray", "--no-autostart", XDG_CONFIG_HOME=str(tmp_path)).returncode == 0


@pytest.mark.parametrize(
    "folder", ["/opt/tympan", "/opt/my tympan", '/opt/a"b', "/opt/100%", "/opt/$HOME", "/opt/a\\b"]
)
def test_a_path_of_any_signs_is_one_program_for_the_desktop(folder: str) -> None:
    parsed = configparser.RawConfigParser()
    parsed.read_string(tray_entry(PurePosixPath(folder, "tympan")))
    text = parsed["Desktop Entry"]["exec"].replace("\\\\", "\\")  # the file's own escape, then the shell-like one
    quoted = re.fullmatch(r'"(.*)" tray', text)
    assert quoted is not None, text
    assert re.sub(r'\\(["`$\\])', r"\1", quoted[1]).replace("%%", "%") == f"{folder}/tympan"


def test_the_entry_is_in_english_and_german() -> None:
    entry = tray_entry(PurePosixPath("/usr/bin/tympan"))
    assert "Comment[de]=" in entry
    assert entry.startswith("[Desktop Entry]\nType=Application\n")
