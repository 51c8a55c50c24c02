"""What service managers are given: read by systemd itself, and refused where there is none."""

from __future__ import annotations

import errno
import json
import os
import plistlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from tympan.admin import Home
from tympan.plugin import StoreFull
from tympan_cli import _service
from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit
from tympan_cli._service_units import OPEN, Unit, launchd_plist, system_unit, user_unit, winsw_xml
from tympan_cli._socket_unit import hold, socket_unit, write_socket_unit

Tympan = Callable[..., subprocess.CompletedProcess[str]]
PROGRAM = Path(sys.executable).with_name("tympan")
ANALYZE_S = 60
EXPOSURE = 2.0
"""At most, of 10 (systemd-analyze(1), "security"); 1.6 as it is."""


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.fail("systemd-analyze is not on this machine: make system")
    argv = ["systemd-analyze", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, timeout=ANALYZE_S)


@pytest.mark.system
@pytest.mark.parametrize("write", [system_unit, user_unit])
def test_systemd_takes_the_unit(write: Callable[[Unit], str], tmp_path: Path) -> None:
    unit = tmp_path / "tympan.service"
    unit.write_text(write(Unit(program=PROGRAM, groups=("lp",))))
    told = analyze("verify", "--man=no", str(unit))
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.system
@pytest.mark.parametrize("ipv6", [False, True])
def test_systemd_takes_the_socket_and_the_service_that_gets_it(ipv6: bool, tmp_path: Path) -> None:
    (tmp_path / "tympan.service").write_text(system_unit(Unit(program=PROGRAM, held=True)))
    (tmp_path / "tympan.socket").write_text(socket_unit(39149, ipv6=ipv6))
    told = analyze("verify", "--man=no", str(tmp_path / "tympan.socket"), str(tmp_path / "tympan.service"))
    assert (told.returncode, told.stderr) == (0, "")


def test_the_port_that_is_set_is_held_and_the_one_for_pages_beside_the_usual_one_alone(tmp_path: Path) -> None:
    place = Home(tmp_path / "state")
    assert write_socket_unit(tmp_path, place) == (True, False)
    assert write_socket_unit(tmp_path, place) == (True, True)
    text = (tmp_path / "tympan.socket").read_text()
    assert {"ListenStream=127.0.0.1:39149", "ListenStream=127.0.0.1:39150"} <= set(text.splitlines())
    place.settings_file.parent.mkdir(parents=True)
    place.settings_file.write_text("[local_site]\nport = 4000\n")
    assert write_socket_unit(tmp_path, place) == (True, False)
    listens = [line for line in (tmp_path / "tympan.socket").read_text().splitlines() if line.startswith("Listen")]
    assert {line.rpartition(":")[2] for line in listens} == {"4000"}
    place.settings_file.write_text("[local_site]\nport = 0\n")
    assert write_socket_unit(tmp_path, place) == (False, False)
    assert not (tmp_path / "tympan.socket").exists()


def test_attack_an_agent_that_was_taken_gets_no_privileged_port_of_systemd(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Home(tmp_path / "state")
    place.settings_file.parent.mkdir(parents=True)
    place.settings_file.write_text("[local_site]\nport = 631\n")
    assert write_socket_unit(tmp_path, place) == (False, False)
    assert not (tmp_path / "tympan.socket").exists()
    assert "631 is below 1024" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("state", "same", "asked"),
    [
        ("active", True, ["show"]),
        ("active", False, ["stop", "restart"]),
        ("inactive", True, ["show", "stop", "restart"]),
    ],
)
def test_an_agent_that_listened_by_itself_ends_before_systemd_listens(state: str, same: bool, asked: list[str]) -> None:
    said: list[str] = []

    def systemctl(arguments: Sequence[str]) -> str:
        said.append(arguments[0])
        return f"ActiveState={state}\n"

    hold("tympan.service", systemctl, same=same)
    assert said == asked


def test_a_port_that_another_program_has_is_told_and_the_service_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    def systemctl(arguments: Sequence[str]) -> str:
        if arguments[0] == "restart":
            raise CommandError("systemd says no to 'restart tympan.socket': Address already in use")
        return "ActiveState=failed\n"

    hold("tympan.service", systemctl, same=False)
    assert "another program may have it" in capsys.readouterr().err


@pytest.mark.system
def test_the_system_s_service_can_do_little_besides_printing(tmp_path: Path) -> None:
    unit = tmp_path / "tympan.service"
    unit.write_text(system_unit(Unit(program=PROGRAM)))
    told = analyze("security", "--offline=yes", "--json=short", str(unit)).stdout
    summary = analyze("security", "--offline=yes", "--no-pager", str(unit)).stdout
    exposure = re.search(r"Overall exposure level for tympan.service: ([\d.]+)", summary)
    assert exposure is not None, summary
    assert float(exposure[1]) <= EXPOSURE
    assert {row["set"] for row in json.loads(told) if row["name"] == "DynamicUser="} <= {True}


@pytest.mark.parametrize(
    ("encrypted", "line"),
    [
        (True, "LoadCredentialEncrypted=tympan.store"),
        (False, "LoadCredential=tympan.store:/etc/credstore/tympan.store"),
    ],
)
def test_the_unit_asks_for_the_one_key_and_for_nobody_s_groups(encrypted: bool, line: str) -> None:
    lines = system_unit(Unit(program=PROGRAM, encrypted=encrypted)).splitlines()
    assert line in lines
    assert not [each for each in lines if each.startswith("SupplementaryGroups")]
    assert "SupplementaryGroups=lpadmin" in system_unit(Unit(program=PROGRAM, groups=("lpadmin",))).splitlines()


@pytest.mark.system
def test_a_path_with_a_blank_or_a_sign_of_systemd_is_one_path(tmp_path: Path) -> None:
    program = tmp_path / "my 100% $x" / "tympan"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "tympan.service"
    unit.write_text(user_unit(Unit(program=program)))
    told = analyze("verify", "--man=no", str(unit))
    assert (told.returncode, told.stderr) == (0, "")


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Where keys lie encrypted, and where they lie open."""
    encrypted, plain = tmp_path / "credstore.encrypted", tmp_path / "credstore"
    monkeypatch.setattr(_service, "_ENCRYPTED", encrypted)
    monkeypatch.setattr(_service, "_PLAIN", plain)
    monkeypatch.setattr(_service, "_encrypted", lambda program, secret: b"sealed" + secret)
    return encrypted / "tympan.store", plain / "tympan.store"


def learn_to_encrypt(monkeypatch: pytest.MonkeyPatch, *, able: bool) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}" if able else None)


def test_a_key_stays_the_key_when_systemd_has_learned_to_encrypt_since(
    stores: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypted, plain = stores
    learn_to_encrypt(monkeypatch, able=False)
    _service._keep_key()
    kept = plain.read_bytes()
    learn_to_encrypt(monkeypatch, able=True)
    _service._keep_key()
    assert (plain.read_bytes(), encrypted.exists()) == (kept, False)
    assert f"LoadCredential=tympan.store:{OPEN}/tympan.store" in _service._text(PROGRAM, user=False).splitlines()


def test_a_key_that_could_not_be_kept_on_the_disk_is_no_key(
    stores: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    learn_to_encrypt(monkeypatch, able=True)
    with monkeypatch.context() as disk, pytest.raises(StoreFull):
        disk.setattr(os, "fsync", full)
        _service._keep_key()
    assert not any(path.exists() for path in stores)
    _service._keep_key()
    assert stores[0].read_bytes().startswith(b"sealed")
    assert stores[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("place", ["/home/ada/venv", "/root/tympan", "/tmp/try", "/run/user/1000/x"])
def test_a_program_the_service_would_not_see_is_refused_before_anything_is_changed(place: str) -> None:
    with pytest.raises(CommandError, match="could not start"):
        _service._need_seen(Path("/opt/tympan/bin/tympan"), Path(place) / "bin" / "python")


@pytest.mark.parametrize("folder", ['/opt/"tympan"', r"/opt/a\b", "/opt/o'n", "/opt/a\tb", "/opt/a\nb"])
def test_a_program_that_systemd_could_not_start_is_refused(folder: str) -> None:
    with pytest.raises(CommandError, match="systemd could not start"):
        _service._need_startable(Path(folder) / "bin" / "tympan")
    _service._need_startable(Path("/opt/büro 100% of $1;/bin/tympan"))


def test_attack_a_link_hides_no_program_in_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_service, "_HIDDEN", (str(tmp_path / "home"),))
    link = tmp_path / "python"
    link.symlink_to(tmp_path / "home" / "ada" / "python")
    with pytest.raises(CommandError, match="could not start"):
        _service._need_seen(link)
    _service._need_seen(Path("/opt/tympan/bin/tympan"))


def test_launchd_and_winsw_can_read_what_is_meant_for_them() -> None:
    plist = plistlib.loads(launchd_plist(PurePosixPath("/opt/a & b/tympan"), home=PurePosixPath("/h")).encode())
    assert plist["ProgramArguments"] == ["/opt/a & b/tympan", "run"]
    assert plist["EnvironmentVariables"]["TYMPAN_HOME"] == "/h"
    service = ElementTree.fromstring(winsw_xml(PureWindowsPath(r"C:\Program Files\A & B\tympan.exe")))
    assert service.findtext("executable") == r"C:\Program Files\A & B\tympan.exe"


def test_the_unit_is_printed_and_nothing_is_changed(tympan: Tympan) -> None:
    done = tympan("service", "install", "--print")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"ExecStart={PROGRAM} run" in done.stdout.splitlines()


def test_where_systemd_is_not_it_is_said_what_to_do(home: Path, tympan_at: Callable[..., Tympan]) -> None:
    for arguments in (("install",), ("remove",), ("status",)):
        done = tympan_at(home, "service", *arguments, PATH="/nowhere")
        assert done.returncode == Exit.FAILED  # type: ignore[attr-defined]
        assert "--print" in done.stderr  # type: ignore[attr-defined]


def test_what_systemd_says_in_lines_is_one_sentence_and_without_it_the_agent_is_run_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    systemctl = tmp_path / "systemctl"
    systemctl.write_text("#!/bin/sh\necho 'No such unit.' >&2\necho 'Look elsewhere.' >&2\nexit 1\n")
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(_service, "_BOOTED", tmp_path)
    with pytest.raises(CommandError) as caught:
        _service.systemctl(["show"], user=False)
    assert caught.value.cause == "systemd says no to 'show': No such unit; Look elsewhere"
    monkeypatch.setattr(_service, "_BOOTED", tmp_path / "none")
    with pytest.raises(CommandError, match="was not started by systemd") as caught:
        _service.systemctl(["show"], user=False)
    assert "tympan run" in caught.value.next_step
