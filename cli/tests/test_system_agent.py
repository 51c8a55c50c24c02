"""The system's agent: root means it, others are told of it, and whoever says ``TYMPAN_HOME`` means another."""

from __future__ import annotations

import itertools
import json
import os
import shlex
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tympan.admin import Home, Verdict, write_file
from tympan.plugin import TympanError
from tympan_cli import _agent_link, _doctor, _policy, _system_agent
from tympan_cli import _offline as offline
from tympan_cli._errors import CommandError
from tympan_cli._service import credential_line
from tympan_cli._service_units import _HARDENED

Tympan = Callable[..., Any]


@pytest.fixture
def announced(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A user's environment on a computer whose agent is the system's."""
    folder = tmp_path / "public"
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        told = {"port": server.getsockname()[1], "pid": os.getpid()}
        (folder / "agent.json").write_text(json.dumps(told))
        yield {"TYMPAN_HOME": "", "XDG_STATE_HOME": str(tmp_path / "state"), "TYMPAN_PUBLIC": str(folder)}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of a service, as root finds it."""
    unit, state = tmp_path / "tympan.service", tmp_path / "service"
    unit.touch()
    state.mkdir()
    monkeypatch.setattr(_system_agent, "unit_path", lambda *, user: tmp_path / "none" if user else unit)
    monkeypatch.setattr(_system_agent, "SYSTEM_STATE", state)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv("TYMPAN_HOME", raising=False)
    return state


def test_a_user_of_the_system_s_agent_is_told_of_it_and_gets_no_state_folder(
    tympan: Tympan, announced: dict[str, str], tmp_path: Path
) -> None:
    done = tympan("doctor", **announced)
    assert (done.returncode, done.stderr) == (0, "")
    assert "this computer's agent answers on port" in done.stdout
    assert "sudo tympan doctor" in done.stdout
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("command", [["jobs"], ["hub", "status"], ["status"]])
def test_commands_for_an_agent_of_ones_own_name_the_system_s_instead_of_starting_another(
    tympan: Tympan, announced: dict[str, str], command: list[str]
) -> None:
    done = tympan(*command, **announced)
    assert done.returncode == 3
    assert "is asked by its administrator" in done.stdout + done.stderr
    assert "tympan run" not in done.stdout + done.stderr


def test_who_names_a_state_folder_is_not_told_of_another_agent(tympan: Tympan, announced: dict[str, str]) -> None:
    del announced["TYMPAN_HOME"]
    assert "Start it with 'tympan run'." in tympan("status", **announced).stdout


def test_root_means_the_service_that_is_installed(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _agent_link.home().root == installed
    assert _agent_link.look(_agent_link.home()).next_step == "Start it with 'systemctl start tympan'."
    monkeypatch.setenv("TYMPAN_HOME", str(installed / "own"))
    assert _agent_link.home().root == installed / "own"


def test_root_without_a_service_has_an_agent_of_its_own(installed: Path) -> None:
    installed.rmdir()
    assert _agent_link.home().root != installed
    assert _agent_link.look(_agent_link.home()).next_step == "Start it with 'tympan run'."


def test_root_leaves_no_file_in_a_service_s_folder_that_its_account_cannot_read(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir(mode=0o700)
    if os.getuid() == 0:
        os.chown(home, 12345, 12345)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for file in (home / "printers.json", home / "policy" / "machine.json"):
        with pytest.raises(TympanError, match="belongs to another account"):
            write_file(file, b"")
    assert _doctor._folder(Home(home)).verdict == _doctor.OK
    assert list(home.iterdir()) == []


def test_what_a_finding_says_no_note_says_again() -> None:
    down = _doctor.Finding(topic="spooler", verdict=_doctor.PROBLEM, found="CUPS does not answer", then="Start it.")
    again = _doctor.Finding(topic="queues", verdict=_doctor.NOTE, found="CUPS does not answer", then="Start it.")
    fares = _doctor.Finding(topic="plugin", verdict=_doctor.NOTE, found="updater: the updates wait")
    told = _doctor.Finding(topic="updates", verdict=_doctor.OK, found="the updates wait")
    alone = _doctor.Finding(topic="plugin", verdict=_doctor.NOTE, found="hub_sync: it waits")
    assert list(_doctor._said_once([fares, alone, down, told, again])) == [alone, down, told]
    assert list(_doctor._said_once([again])) == [again]


@pytest.mark.parametrize(("active", "topics"), [(True, set()), (False, {"port"})])
def test_a_port_that_systemd_holds_for_the_agent_is_no_other_program_s(
    installed: Path, monkeypatch: pytest.MonkeyPatch, active: bool, topics: set[str]
) -> None:
    (installed.parent / "tympan.socket").touch()

    def told(arguments: list[str], *, user: bool) -> str:
        if not active:
            raise CommandError("inactive")
        return "active\n"

    monkeypatch.setattr(_system_agent, "systemctl", told)
    with socket.create_server(("127.0.0.1", 0)) as server:
        (installed / "settings.toml").write_text(f"[local_site]\nport = {server.getsockname()[1]}\n")
        assert {finding.topic for finding in _doctor._port(Home(installed))} == topics


def test_who_may_not_open_the_service_s_key_is_told_the_command_that_may(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(place: Home) -> bytes:
        raise CommandError("the keys are the service's", next_step="Start the agent.")

    monkeypatch.setattr(offline, "signing_key", closed)
    with pytest.raises(CommandError, match="are the service's") as caught:
        _policy._key(Home(installed), "spool.cups", Verdict.OFF)
    asked = shlex.split(caught.value.next_step.removeprefix("Run it as the service does: "))
    assert (asked[0], asked[-3:]) == ("systemd-run", ["set", "spool.cups", "off"])
    assert {f"TYMPAN_HOME={installed}", "User=tympan"} < set(asked)
    rights = {word for before, word in itertools.pairwise(asked) if before == "-p"}
    assert rights - {"User=tympan", credential_line()} < set(_HARDENED.splitlines())
    assert {"StateDirectoryMode=0700", "UMask=0077"} < rights
    with pytest.raises(CommandError) as caught:
        _policy._key(Home(installed / "own"), "spool.cups", Verdict.OFF)
    assert caught.value.next_step == "Start the agent."
