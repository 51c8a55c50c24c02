"""PowerShell beside a program of the tests that is called so: what it is given, and what is made of what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tympan_spool_windows._errors import NotPermitted, PowerShellFailed, PowerShellMissing
from tympan_spool_windows._powershell import PowerShell, complaint

pytestmark = pytest.mark.anyio
NASTY = 'Front\'; Remove-Printer -Name *; $(calc) `& "desk"'


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with one program on it, that writes down what it was given."""
    program = tmp_path / "powershell.exe"
    program.write_text(
        "#!/usr/bin/python3\nimport json, os, sys\n"
        "told = {name: value for name, value in os.environ.items() if name.startswith('TYMPAN_QUEUE_')}\n"
        f"open({str(tmp_path / 'told')!r}, 'w').write(json.dumps([sys.argv[1:], told]))\n"
        "print(os.environ.get('SAYS', ''))\nsys.exit(int(os.environ.get('STATUS', '0')))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def given(shell: Path) -> tuple[list[str], dict[str, str]]:
    arguments, environment = json.loads((shell / "told").read_text())
    return arguments, environment


async def test_attack_a_name_is_no_command(shell: Path) -> None:
    await PowerShell().describe(NASTY, info=NASTY, location=NASTY)
    first, told = given(shell)
    await PowerShell().describe("Desk", info="", location="")
    assert given(shell)[0] == first, "the text of the script changed with the name"
    assert told == {"TYMPAN_QUEUE_NAME": NASTY, "TYMPAN_QUEUE_INFO": NASTY, "TYMPAN_QUEUE_PLACE": NASTY}
    assert "-NonInteractive" in first and "-NoProfile" in first


async def test_each_change_is_one_cmdlet(shell: Path) -> None:
    url = "http://127.0.0.1:39149/ipp/print/a"
    for change, cmdlet, told in (
        (PowerShell().add(url), "Add-Printer -IppURL $env:TYMPAN_QUEUE_URL", {"TYMPAN_QUEUE_URL": url}),
        (PowerShell().rename("a", "b"), "Rename-Printer", {"TYMPAN_QUEUE_NAME": "a", "TYMPAN_QUEUE_NEW": "b"}),
        (PowerShell().remove("a"), "Remove-Printer", {"TYMPAN_QUEUE_NAME": "a"}),
    ):
        await change
        arguments, environment = given(shell)
        assert cmdlet in arguments[-1] and environment == told


async def test_what_it_complains_of_is_told(shell: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATUS", "1")
    monkeypatch.setenv("SAYS", "Add-Printer : Access was denied to the specified resource.")
    with pytest.raises(NotPermitted, match="Access was denied"):
        await PowerShell().add("http://127.0.0.1/ipp/print/a")
    monkeypatch.setenv("SAYS", "Der angegebene Anschluss ist unbekannt.")
    with pytest.raises(PowerShellFailed, match="Anschluss ist unbekannt"):
        await PowerShell().remove("a")


async def test_a_system_without_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PowerShellMissing):
        await PowerShell().remove("a")


@pytest.mark.parametrize("said", ["HRESULT 0x80070005", "FullyQualifiedErrorId : PermissionDenied,Add-Printer"])
def test_a_refusal_is_known_by_its_number_in_any_language(said: str) -> None:
    assert isinstance(complaint(said, what="make a queue"), NotPermitted)


def test_a_long_complaint_is_cut() -> None:
    assert len(complaint("x" * 10_000, what="make a queue").cause) < 400
