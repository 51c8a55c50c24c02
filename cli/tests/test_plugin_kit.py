"""A plugin is begun from the template, and checked in a process of its own."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tympan_cli._exits import Exit

Tympan = Callable[..., subprocess.CompletedProcess[str]]
PASSED = "checks passed"


def begun(tympan: Tympan, name: str, into: Path) -> Path:
    made = tympan("plugin", "new", name, "--into", str(into))
    assert made.returncode == 0, made.stderr
    return into / name


def test_a_plugin_that_was_just_begun_passes_its_checks_whatever_its_name(tympan: Tympan, tmp_path: Path) -> None:
    folder = begun(tympan, "tympan-ledger", tmp_path)
    assert "vendor" not in (folder / "tympan_ledger" / "plugin.py").read_text()
    told = tympan("plugin", "check", str(folder))
    assert told.returncode == 0, told.stdout + told.stderr
    assert PASSED in told.stdout


def test_each_line_of_what_was_found_is_a_line_and_a_folder_is_called_by_its_name(
    tympan: Tympan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = begun(tympan, "acme-ledger", tmp_path)
    service = folder / "acme_ledger" / "service.py"
    service.write_text(service.read_text().replace("host.ready()", "raise ValueError('one\\ntwo')"))
    monkeypatch.chdir(folder)
    told = tympan("plugin", "check", ".")
    assert told.returncode == Exit.PROBLEMS
    assert "\\x0a" not in told.stdout
    assert "acme-ledger" in next(line for line in told.stdout.splitlines() if "came to their end" in line)


def test_attack_a_plugin_that_ends_the_checks_has_passed_none(tympan: Tympan, tmp_path: Path) -> None:
    folder = begun(tympan, "acme-ledger", tmp_path)
    (folder / "acme_ledger" / "plugin.py").write_text("import os\nos._exit(0)\n")
    told = tympan("plugin", "check", str(folder))
    assert told.returncode == Exit.FAILED
    assert "ended the checks before everything was looked at" in told.stderr
    assert PASSED not in told.stdout


def test_a_plugin_that_is_held_off_is_shown_without_an_agent(tympan: Tympan, home: Path) -> None:
    [before] = [row for row in json.loads(tympan("plugins", "--json").stdout) if row["id"] == "local_site"]
    now = dt.datetime.now(dt.UTC).isoformat()
    once = {"plugin": "local_site", "version": before["version"], "at": now}
    home.mkdir(exist_ok=True)
    (home / "stalls.json").write_text(json.dumps({"v": 1, "stalls": [once] * 3}))
    [after] = [row for row in json.loads(tympan("plugins", "--json").stdout) if row["id"] == "local_site"]
    assert (before["status"], after["status"]) == ("found", "blocked")
    assert "stopped the agent 3 times" in after["reason"]


def test_a_plugin_that_is_held_off_is_let_in_again_without_an_agent(tympan: Tympan, home: Path) -> None:
    once = {"plugin": "raw9100", "version": "1.0", "at": "2026-01-02T03:04:05+00:00"}
    home.mkdir(exist_ok=True)
    (home / "stalls.json").write_text(json.dumps({"v": 1, "stalls": [once, {**once, "plugin": "other"}]}))
    told = tympan("plugin", "let-in", "raw9100")
    assert (told.returncode, told.stderr) == (0, "")
    assert "tried again when the agent starts" in told.stdout
    assert [each["plugin"] for each in json.loads((home / "stalls.json").read_text())["stalls"]] == ["other"]
    again = tympan("plugin", "let-in", "raw9100")
    assert again.returncode != 0
    assert "no plugin 'raw9100' is held off" in again.stderr
