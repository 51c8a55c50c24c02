"""Start of the program that carries its own Python."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tympan_cli import _carried
from tympan_cli._carried import found_in, give_libraries_back


def test_programs_of_the_system_find_the_libraries_of_the_system() -> None:
    env = {"LD_LIBRARY_PATH": "/opt/tympan/versions/1.2.0/_internal", "HOME": "/"}
    give_libraries_back(env)
    assert env == {"HOME": "/"}


def test_what_was_said_of_libraries_before_the_start_holds_again() -> None:
    env = {"LD_LIBRARY_PATH": "/opt/tympan/_internal:/usr/local/lib", "LD_LIBRARY_PATH_ORIG": "/usr/local/lib"}
    give_libraries_back(env)
    assert env == {"LD_LIBRARY_PATH": "/usr/local/lib"}


def test_a_plugin_updated_alone_comes_before_the_carried_one_and_any_other_last(tmp_path: Path) -> None:
    carried = tmp_path / "_internal"
    (carried / "tympan_local_site-1.2.0.dist-info").mkdir(parents=True)
    added = [tmp_path / "acme_raw9100-1.0.0", tmp_path / "Tympan.Local_Site-1.2.1"]
    found = found_in(["base_library.zip", str(carried), "more"], str(carried), added)
    assert found == ["base_library.zip", str(added[1]), str(carried), "more", str(added[0])]


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        (["update", "apply"], False),
        (["update", "from", "check"], False),
        (["service", "install"], False),
        (["update", "check", "--expect", "acme"], True),
        (["run"], True),
        ([], True),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_attack_a_wheel_of_a_vendor_is_not_found_by_what_root_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str], taken: bool
) -> None:
    wheel = tmp_path / "plugins" / "acme_raw9100-1.0.0"
    wheel.mkdir(parents=True)
    (tmp_path / "plugins" / "current.json").write_text(json.dumps({"v": 1, "use": [wheel.name]}))
    found: list[bool] = []
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", ["tympan", *words])
    monkeypatch.setattr(_carried, "install_root", lambda: tmp_path)
    monkeypatch.setattr("tympan_cli.__main__.main", lambda: found.append(str(wheel) in sys.path))
    _carried.main()
    assert found == [taken]


def test_a_module_of_ours_is_run_as_python_would(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
                                                  tmp_path: Path) -> None:  # fmt: skip
    (tmp_path / "worker_of_ours.py").write_text("import sys\nprint(__name__, *sys.argv[1:])\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["tympan", "--run-module", "worker_of_ours", "--run-module", "x"])
    _carried.main()
    assert capsys.readouterr().out == "__main__ --run-module x\n"


@pytest.mark.parametrize("words", [["--version"], ["--run-module"]], ids=["a-command", "no-module"])
def test_anything_else_is_the_command_line(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["tympan", *words])
    with pytest.raises(SystemExit) as ended:
        _carried.main()
    assert ended.value.code == (0 if words == ["--version"] else 2)


def test_an_unreadable_list_of_plugins_is_told_and_the_agent_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    program = tmp_path / "versions" / "1.2.0" / "tympan"
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "current.json").write_text("{")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(sys, "argv", [str(program), "--version"])
    with pytest.raises(SystemExit) as ended:
        _carried.main()
    assert ended.value.code == 0
    assert "so none is added" in capsys.readouterr().err
