"""The self-contained program and what is made beside it: the same bytes anywhere, the plugins of the workspace."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from releases_rig import ROOT, Made, build, copied, release

pytestmark = [pytest.mark.system, pytest.mark.soak, pytest.mark.timeout(3600)]  # releases are made
VERSION = "7.1.0"
DOCUMENTS = ROOT / "tests" / "documents"
COMMAND_S = 120.0


@pytest.fixture(scope="module")
def made() -> Made:
    """The release."""
    return release(VERSION)


def said(program: Path, home: Path, *words: str) -> str:
    """What a command of it printed, without anything of this environment's Python."""
    env = {"PATH": os.defpath, "HOME": str(home), "TYMPAN_HOME": str(home / "state"), "TYMPAN_KEYS": "file"}
    done = subprocess.run(
        [str(program), *words], env=env, capture_output=True, text=True, timeout=COMMAND_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def plugins(program: Path, home: Path) -> dict[str, tuple[str, str, list[str]]]:
    """What it finds: id, distribution, how the gate went, capabilities."""
    rows: list[dict[str, Any]] = json.loads(said(program, home, "plugins", "--json"))
    return {row["id"]: (row["distribution"], row["status"], row["capabilities"]) for row in rows}


def test_the_same_sources_give_the_same_bytes_in_another_folder(made: Made, tmp_path: Path) -> None:
    again = build(copied(tmp_path / "somebody" / "elses"), VERSION)
    assert again.sums == made.sums
    assert len(made.sums.splitlines()) > 20


def test_it_carries_the_plugins_of_the_workspace_under_its_own_version(made: Made, tmp_path: Path) -> None:
    here = plugins(Path(sys.executable).with_name("tympan"), tmp_path / "here")
    there = plugins(made.tree / "tympan", tmp_path / "there")
    assert there == {name: row for name, row in here.items() if row[0].startswith("tympan")}
    assert len(there) >= 16
    assert VERSION in said(made.tree / "tympan", tmp_path, "--version")


def test_its_own_processes_read_documents_as_those_of_the_workspace_do(made: Made, tmp_path: Path) -> None:
    for document in sorted(DOCUMENTS.glob("*.pdf"))[:3]:
        here = said(Path(sys.executable).with_name("tympan"), tmp_path, "inspect", str(document), "--json")
        assert said(made.tree / "tympan", tmp_path, "inspect", str(document), "--json") == here


def test_the_archive_is_the_tree_and_its_bill_names_what_is_in_it(made: Made) -> None:
    with tarfile.open(made.archive) as archive:
        names = archive.getnames()
    assert {"tympan", "_internal", "sbom.cdx.json", "NOTICES.md", "licenses/LICENSE"} <= set(names)
    assert not [name for name in names if name.endswith("/RECORD") and "/tympan" not in name]  # hashes of a machine
    bill = json.loads((made.tree / "sbom.cdx.json").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["name"]: part for part in bill["components"]}
    assert {"tympan", "tympan-wire", "trio", "cryptography", "zeroconf", "python", "libssl3"} <= set(parts)
    assert not {"tympan-hub", "pytest", "mypy"} & set(parts)
    assert parts["pyinstaller"]["type"] == "framework", "its start alone is carried"
    inside = {path.name.rpartition(".")[0] for path in (made.tree / "_internal").glob("*.dist-info")}
    named = {f"{name.replace('-', '_')}-{part.get('version')}" for name, part in parts.items()}
    assert inside <= named, "every distribution that is carried"
    assert {path.name for path in (made.tree / "licenses" / "system").iterdir()} >= {"libssl3", "zlib1g"}
    assert parts["trio"]["purl"].startswith("pkg:pypi/trio@")
    assert all(part.get("licenses") for part in parts.values() if part["type"] == "library")
    assert any(name.startswith("_internal/libpython3") for name in parts)


def test_a_library_under_the_lgpl_lies_in_files_that_can_be_replaced(made: Made, tmp_path: Path) -> None:
    assert list((made.tree / "_internal" / "zeroconf").glob("*.py"))
    assert (made.tree / "licenses" / "zeroconf").is_dir()


def test_a_plugin_of_a_vendor_is_found_where_plugins_are_added(made: Made, tmp_path: Path) -> None:
    program = tmp_path / "root" / "versions" / VERSION / "tympan"
    shutil.copytree(made.tree, program.parent, copy_function=os.link)
    source = ROOT / "examples" / "acme-raw9100"
    build_it = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source)]
    subprocess.run(build_it, check=True, capture_output=True, timeout=300)
    [wheel] = tmp_path.glob("*.whl")
    folder, added = "-".join(wheel.name.split("-")[:2]), tmp_path / "root" / "plugins"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(added / folder)
    assert "acme-raw9100" not in {row[0] for row in plugins(program, tmp_path).values()}
    (added / "current.json").write_text(json.dumps({"v": 1, "use": [folder]}))
    assert "acme-raw9100" in {row[0] for row in plugins(program, tmp_path).values()}


def test_wheels_of_every_member_carry_the_version(made: Made) -> None:
    wheels = sorted((made.folder / "wheels").glob("*.whl"))
    projects = [path for pattern in ("*", "plugins/*") for path in ROOT.glob(f"{pattern}/pyproject.toml")]
    ours = [path for path in projects if "hatch" in path.read_text()]
    assert len(wheels) == len(ours)
    assert all(f"-{VERSION}-" in wheel.name for wheel in wheels)
