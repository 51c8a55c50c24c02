"""How modules of ours are started as processes, and what an installation with its own Python knows of itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tympan.admin import added_plugins, install_root, installed_program
from tympan.plugin import own_module


@pytest.fixture
def carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installation whose program this process would be."""
    program = tmp_path / "versions" / "1.2.0" / "tympan"
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    return tmp_path


def listed(root: Path, told: object) -> None:
    """Writes the list of added plugins."""
    (root / "plugins").mkdir(exist_ok=True)
    (root / "plugins" / "current.json").write_text(json.dumps(told))


def test_a_python_runs_a_module_of_ours_with_its_words() -> None:
    command = own_module("json.tool", "--compact")
    done = subprocess.run(command, input="[ 1 ]", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[1]"


def test_a_program_with_its_own_python_is_told_the_module_in_its_own_way(carried: Path) -> None:
    assert own_module("json.tool", "-") == [sys.executable, "--run-module", "json.tool", "-"]


def test_an_agent_that_a_python_runs_has_no_folder_of_versions() -> None:
    assert (install_root(), installed_program()) == (None, None)


def test_a_version_knows_the_folder_it_lies_in_and_the_name_that_stays(carried: Path) -> None:
    assert install_root() == carried
    assert installed_program() is None
    (carried / "current").symlink_to("versions/1.2.0")
    assert installed_program() == carried / "current" / "tympan"


def test_a_program_that_lies_elsewhere_takes_no_strange_folder_for_its_own(
    carried: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(carried / "downloads" / "tympan-1.2.0" / "tympan"))
    assert install_root() is None


def test_added_plugins_are_those_of_the_list_in_its_order(tmp_path: Path) -> None:
    assert added_plugins(tmp_path) == []
    listed(tmp_path, {"v": 1, "use": ["acme_raw9100-1.0.0", "tympan_local_site-1.2.1"]})
    assert added_plugins(tmp_path) == [
        tmp_path / "plugins" / "acme_raw9100-1.0.0",
        tmp_path / "plugins" / "tympan_local_site-1.2.1",
    ]


@pytest.mark.parametrize(
    "told",
    [
        [],
        {"v": 2, "use": []},
        {"v": 1},
        {"v": 1, "use": "acme-1"},
        {"v": 1, "use": ["../../home/eve"]},
        {"v": 1, "use": ["/home/eve"]},
        {"v": 1, "use": [".."]},
        {"v": 1, "use": [""]},
        {"v": 1, "use": [7]},
    ],
    ids=["no-table", "later-format", "nothing-used", "one-word", "out-of-it", "absolute", "parent", "empty", "number"],
)
def test_a_list_that_is_no_list_of_folders_is_refused_whole(tmp_path: Path, told: object) -> None:
    listed(tmp_path, told)
    with pytest.raises(ValueError, match=r"it is no list of plugins|is no folder of a plugin"):
        added_plugins(tmp_path)
