"""``tools/setup.sh``: it mends what an interrupted or moved one left, and says what to do without a registry."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9/"
SETUP_S = 120
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a folder with a space, whose only dependency nobody has."""
    project = tmp_path / "a project's folder"
    for member in ("wire", "core", "net", "sim", "cli", "plugins/one"):
        (project / member).mkdir(parents=True)
        (project / member / "pyproject.toml").write_text("")
    (project / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "setup.sh", project / "tools")
    (project / "requirements.lock").write_text(f"nobody-has-this==1 --hash=sha256:{'0' * 64}\n")
    return project


def setup(project: Path, **env: str) -> Done:
    settings = {"PYTHON": sys.executable, "PIP_INDEX_URL": NOWHERE, "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run(
        [project / "tools" / "setup.sh"], env={"PATH": os.environ["PATH"], **settings, **env},
        capture_output=True, text=True, timeout=SETUP_S,
    )  # fmt: skip


def test_without_a_registry_it_says_so_and_an_interrupted_one_is_begun_anew(project: Path) -> None:
    inside = project / ".venv" / "bin"
    inside.mkdir(parents=True)
    (inside / "python").symlink_to(sys.executable)  # made before pip is in: as Ctrl-C leaves it
    left = project / ".venv" / "left"
    left.write_text("")
    done = setup(project)
    assert done.returncode == 1
    assert "nobody-has-this" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("setup: pip could not install what is named above.")
    assert not left.exists(), "what was interrupted is still there"
    assert subprocess.run([inside / "python", "-m", "pip", "--version"], stdout=subprocess.DEVNULL).returncode == 0
    left.write_text("")
    setup(project)
    assert left.exists(), "a sound environment was thrown away"
    moved = project.rename(project.with_name("moved"))
    setup(moved)
    assert not (moved / ".venv" / "left").exists(), "its scripts name a folder that is gone"


def test_a_python_that_will_not_do_is_named(project: Path) -> None:
    done = setup(project, PYTHON="/nonexistent/python3")
    assert done.returncode == 1
    assert "'/nonexistent/python3' is not" in done.stderr
    assert not (project / ".venv").exists()
