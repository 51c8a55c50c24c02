"""Plugins that break a rule, and what the checks say of them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from tympan._errors import BadInput
from tympan._hooks import HOOKS
from tympan._ids import PluginId
from tympan._registry import PluginRecord
from tympan.checking import ENDED
from tympan.checking import __main__ as checking
from tympan.checking.__main__ import check
from tympan.checking._findings import Verdict
from tympan.checking._laid import lay_out
from tympan.checking._limits import FILES
from tympan.checking._static import imports
from tympan.checking._suites import SUITES

PROJECT = """
[project]
name = "acme"
version = "1.0"

[project.entry-points."tympan.plugins"]
"""
MANIFEST = """
api = 1
id = "{id}"
summary = "Acme"
platforms = ["linux", "macos", "windows"]
permissions = []

[[capabilities]]
key = "acme.{id}"
summary = "Gate"
"""
PLUGIN = """
from tympan.plugin import Contribution, hookimpl

@hookimpl
def register_gates():
    from {id}.gate import Gate
    return [Contribution(port=Gate())]
"""
GATE = """
import trio
from tympan.plugin import Go

class Gate:
    async def check(self, job, printer):
        await trio.lowlevel.checkpoint()
        return Go()
"""
ROUTE = """
class Gate:
    async def claim(self, job, printer): ...
    async def deliver(self, delivery): ...
    async def recover(self, delivery): ...
"""
LISTENS = "    import socket; socket.socket().bind(('127.0.0.1', 0))\n"
ENDLESS = """
        try:
            await trio.sleep(0.3)
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(6)
"""
TO_READ = "its manifest can be read, and names it"
PUBLIC = "it imports the public face of Tympan alone"
QUIET = "importing it and asking its hooks opens, writes and starts nothing"
ANSWER = "its hooks answer with ports"

Files = dict[str, str]
BREAKS: dict[str, tuple[Files, str, str]] = {
    "misspelt": ({"toml": MANIFEST.replace("permissions", "permission")}, TO_READ, "permission"),
    "renamed": ({"toml": MANIFEST.replace('id = "{id}"', 'id = "other"')}, TO_READ, "other"),
    "newer": ({"toml": MANIFEST.replace("api = 1", "api = 99")}, "it is written for this plugin API", "99"),
    "intimate": ({"gate": "from tympan._jobs import JobBook\n" + GATE}, PUBLIC, "gate.py:1 imports tympan._jobs"),
    "closer": ({"gate": "from tympan import _jobs\n" + GATE}, PUBLIC, "tympan._jobs"),
    "faked": ({"gate": "import tympan.testing\n" + GATE}, PUBLIC, "tympan.testing"),
    "starter": ({"plugin": "import subprocess\nsubprocess.run(['true'])\n" + PLUGIN}, QUIET, "subprocess.Popen"),
    "listener": ({"plugin": PLUGIN.replace("    from {id}", LISTENS + "    from {id}")}, QUIET, "socket.bind"),
    "writer": ({"plugin": "open('/dev/null', 'w').close()\n" + PLUGIN}, QUIET, "/dev/null"),
    "raiser": ({"plugin": "1 / 0"}, ANSWER, "ZeroDivisionError"),
    "thrower": ({"plugin": PLUGIN.replace("from {id}.gate import Gate", "raise OSError('boom')")}, ANSWER, "boom"),
    "leaver": ({"plugin": "raise SystemExit(0)"}, ANSWER, "SystemExit"),
    "breaker": (
        {"gate": GATE.replace("await trio.lowlevel.checkpoint()", "raise KeyboardInterrupt")},
        "the suites of its ports run",
        "ended with 2",
    ),
    "idler": ({"plugin": "from tympan.plugin import hookimpl"}, ANSWER, "nothing"),
    "unswitched": (
        {"plugin": PLUGIN.replace("port=Gate()", "port=Gate(), capability='other.gate'")},
        "policy can switch main off",
        "other.gate",
    ),
    "decider": (
        {
            "plugin": PLUGIN + "\n@hookimpl\ndef register_policy_sources():\n    return [Contribution(port=Policy())]\n"
            "class Policy:\n    async def keys(self): ...\n    async def documents(self): ...\n"
            "    async def wait_changed(self): ...\n"
        },
        "its manifest asks for what its ports decide",
        "PolicySource",
    ),
    "wordless": (
        {"gate": GATE.replace("import Go", "import Hold").replace("Go()", "Hold(reason='none', detail='')")},
        "it lets go or holds with a reason",
        "sentence",
    ),
    "endless": (
        {"gate": GATE.replace("await trio.lowlevel.checkpoint()", ENDLESS)},
        "it ends when cancelled",
        "did not end",
    ),
    "unchecked": (
        {"toml": MANIFEST.replace("permissions = []", 'permissions = []\nchecks = "unchecked.checks"')},
        "its module of checks unchecked.checks can be imported",
        "unchecked.checks",
    ),
    "deviceless": (
        {"gate": ROUTE, "plugin": PLUGIN.replace("register_gates", "register_routes")},
        "it claims its job the same way each time",
        "delivery",
    ),
}
SOUND: dict[str, Files] = {
    "sound": {},
    "tympan_acme": {
        "toml": MANIFEST.replace("acme.{id}", "acme.gate"),
        "gate": "from tympan_acme import plugin\n" + GATE,
    },
    "talker": {"plugin": "import os\nos.write(1, b'I am here')\nprint('and here')\n" + PLUGIN},
}
Findings = list[dict[str, Any]]


def project(folder: Path, plugins: dict[str, Files]) -> Path:
    """One distribution of many plugins, each a package of its own: sound but for what is changed."""
    for name, changes in plugins.items():
        package = folder / name
        package.mkdir(parents=True)
        files = {"__init__": "", "plugin": PLUGIN, "gate": GATE, **changes}
        (package / "plugin.toml").write_text(files.pop("toml", MANIFEST).replace("{id}", name))
        for module, text in files.items():
            (package / f"{module}.py").write_text(text.replace("{id}", name))
    points = "\n".join(f'{name} = "{name}.plugin"' for name in plugins)
    (folder / "pyproject.toml").write_text(PROJECT + points)
    return folder


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """What the checks say of all of them, in a process of their own as always."""
    source = project(tmp_path_factory.mktemp("acme"), {**SOUND, **{name: made[0] for name, made in BREAKS.items()}})
    asked = [sys.executable, "-P", "-m", "tympan.checking", str(source)]
    told = subprocess.run(
        asked,
        capture_output=True,
        check=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "", "PYTEST_ADDOPTS": "-v --durations=9"},
    )
    return [json.loads(line) for line in told.stdout.splitlines()]


def of(findings: Findings, plugin: str) -> Findings:
    return [finding for finding in findings if finding["topic"].partition(":")[0] == plugin]


@pytest.mark.parametrize("plugin", SOUND)
def test_a_plugin_that_keeps_the_rules_passes_every_check(findings: Findings, plugin: str) -> None:
    mine = of(findings, plugin)
    assert [finding for finding in mine if finding["verdict"] != "passed"] == []
    assert "it lets go or holds with a reason" in {finding["what"] for finding in mine}


@pytest.mark.parametrize("plugin", BREAKS)
def test_what_breaks_a_rule_is_named_with_what_to_do(findings: Findings, plugin: str) -> None:
    _, what, detail = BREAKS[plugin]
    found = [each for each in of(findings, plugin) if each["what"] == what and each["verdict"] == "failed"]
    assert found, of(findings, plugin)
    assert detail in found[0]["detail"]
    assert found[0]["then"]


def test_a_port_that_cannot_be_checked_is_not_said_to_be_fine(findings: Findings) -> None:
    missing = next(each for each in of(findings, "deviceless") if "delivery" in each["detail"])
    assert "tympan.testing.RouteSuite" in missing["then"]


def test_that_all_was_looked_at_is_said_last(findings: Findings) -> None:
    assert [each["what"] for each in findings if each["what"] == ENDED] == [ENDED]
    assert findings[-1]["what"] == ENDED


def test_attack_a_plugin_that_is_one_file_is_read_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lone_file.py").write_text("from tympan._jobs import JobBook\n")
    monkeypatch.syspath_prepend(tmp_path)
    record = PluginRecord(id=PluginId("lone"), module="lone_file", distribution="lone", version="1")
    assert [found.detail for found in imports(record)] == ["lone_file.py:1 imports tympan._jobs"]


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (PROJECT.replace('"acme"', '"../../acme"'), "no distribution is called"),
        (PROJECT.replace('"1.0"', '"/1.0"'), "no distribution is called"),
        (PROJECT.replace('version = "1.0"', ""), "version"),
        ("[project", "cannot be read"),
        ("[build-system]", "project"),
    ],
)
def test_a_project_that_cannot_be_read_is_refused(said: str, cause: str, tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    (tmp_path / "pyproject.toml").write_text(said)
    with pytest.raises(BadInput, match=cause):
        lay_out(tmp_path, tmp_path / "into")


def test_a_distribution_without_a_plugin_is_told_so(tmp_path: Path) -> None:
    for name in ("into", "source"):
        (tmp_path / name).mkdir()
    (tmp_path / "source" / "pyproject.toml").write_text(PROJECT)
    [finding] = check(tmp_path / "source", tmp_path / "into")
    assert (finding.verdict, finding.detail) == (Verdict.FAILED, "it has no entry point in the group tympan.plugins")


def test_where_the_suites_cannot_run_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_OF_SUITES", ("pytest", "no_suites"))
    record = PluginRecord(id=PluginId("lone"), module="lone", distribution="lone", version="1")
    point = EntryPoint(name="lone", value="lone", group="tympan.plugins")
    [finding] = checking._ports(record, point, (), tmp_path)
    assert (finding.verdict, finding.detail) == (Verdict.FAILED, "not installed here: no_suites")
    assert finding.then == "Install what is missing: python -m pip install no_suites"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    [finding] = checking._ports(record, point, (), tmp_path)
    assert "in a virtual environment" in finding.then


# ---------------------------------------------------------------------------------------------------- wheels


def wheel(folder: Path, spoil: Callable[[zipfile.ZipFile], None]) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "acme-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("acme-1.0.dist-info/METADATA", "Name: acme\n")
        spoil(made)
    return path


def outside(made: zipfile.ZipFile) -> None:
    made.writestr("../outside.py", "")


def linked(made: zipfile.ZipFile) -> None:
    link = zipfile.ZipInfo("acme/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    made.writestr(link, "/etc/passwd")


def unlisted(made: zipfile.ZipFile) -> None:
    made.writestr("acme/__init__.py", "")
    made.writestr("acme-1.0.dist-info/RECORD", "acme-1.0.dist-info/METADATA,sha256=AAAA,5\n")


def without_record(made: zipfile.ZipFile) -> None:
    made.writestr("acme/__init__.py", "")


def too_many(made: zipfile.ZipFile) -> None:
    for number in range(FILES + 1):
        made.writestr(f"acme/{number}", "")


def damaged(made: zipfile.ZipFile) -> None:
    made.writestr("acme/__init__.py", "x" * 5000, zipfile.ZIP_DEFLATED)
    info = made.getinfo("acme/__init__.py")
    file = made.fp
    assert file is not None
    end = file.tell()
    file.seek(info.header_offset + 30 + len(info.filename))
    file.write(b"\xff" * 8)
    file.seek(end)


def unreadable(made: zipfile.ZipFile) -> None:
    made.writestr("acme-1.0.dist-info/RECORD", b"\xff\xfe")


SPOILT = [
    (damaged, "no wheel"),
    (unreadable, "RECORD cannot be read"),
    (outside, "outside"),
    (linked, "outside"),
    (unlisted, "RECORD does not tell"),
    (without_record, "no RECORD"),
    (too_many, "more than"),
]


@pytest.mark.parametrize(("spoil", "cause"), SPOILT)
def test_a_wheel_that_is_not_what_it_says_is_refused(
    spoil: Callable[[zipfile.ZipFile], None], cause: str, tmp_path: Path
) -> None:
    (tmp_path / "into").mkdir()
    with pytest.raises(BadInput, match=cause):
        lay_out(wheel(tmp_path, spoil), tmp_path / "into")
    assert not (tmp_path / "outside.py").exists()


def test_what_is_no_wheel_is_refused(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    (tmp_path / "acme.whl").write_bytes(b"PK\3\4 nothing")
    with pytest.raises(BadInput, match="no wheel"):
        lay_out(tmp_path / "acme.whl", tmp_path / "into")


def test_the_port_of_every_hook_has_its_suite() -> None:
    assert set(SUITES) == set(HOOKS)
