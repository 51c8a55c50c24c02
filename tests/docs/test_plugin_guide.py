"""The plugin of ``docs/guides/writing-a-plugin.md``, built exactly from its code blocks: tested, gated, run."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from rig import add_printer, agent, run, simulator, wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.system]
ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "writing-a-plugin.md"
DOCUMENT = ROOT / "tests" / "documents" / "04-landscape-color-duplex-1.7.pdf"
FILE = re.compile(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
WAIT_S = 60.0


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


def written(folder: Path) -> Path:
    """The plugin as the guide spells it."""
    files = dict(FILE.findall(GUIDE.read_text("utf-8")))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert set(files) == {
        "pyproject.toml", "acme_ledger/__init__.py", "acme_ledger/plugin.toml", "acme_ledger/plugin.py",
        "acme_ledger/book.py", "acme_ledger/service.py", "tests/test_ledger.py",
    }  # fmt: skip
    return folder


async def test_its_own_tests_pass_and_each_is_run(tmp_path: Path) -> None:
    source = written(tmp_path / "acme-ledger")
    pytest_there = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(source)]
    said = await run([*pytest_there, str(source / "tests")], env={"PYTHONPATH": str(source)})
    passed = re.search(r"(\d+) passed", said)
    assert passed is not None, said
    assert int(passed[1]) >= 6
    assert "skipped" not in said


@pytest.mark.parametrize("where", ["agent", "process"])
async def test_it_passes_the_checks_wherever_it_runs(tmp_path: Path, where: str) -> None:
    source = written(tmp_path / "acme-ledger")
    manifest = source / "acme_ledger" / "plugin.toml"
    manifest.write_text(f'isolation = "{where}"\n{manifest.read_text()}')
    said = await run([str(Path(sys.executable).parent / "tympan"), "plugin", "check", str(source)])
    total = re.search(r"(\d+) of (\d+) checks passed", said)
    assert total is not None, said
    assert total[1] == total[2], said
    assert "it runs again after it was stopped" in said


async def test_it_is_strictly_typed(tmp_path: Path) -> None:
    source = written(tmp_path / "acme-ledger")
    said = await run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull, "--cache-dir", str(tmp_path / "cache"),
         "-p", "acme_ledger"],
        env={"MYPYPATH": f"{source}:{ROOT / 'core' / 'src'}:{ROOT / 'wire' / 'src'}"},
    )  # fmt: skip
    assert "Success" in said


async def test_installed_from_its_wheel_it_is_gated_and_run(tmp_path: Path) -> None:
    source = written(tmp_path / "acme-ledger")
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(tmp_path / "dist"),
        str(source),
    ]
    await run(build)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert f"pip install dist/{wheel.name}" in GUIDE.read_text("utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    await run([*pip, "--target", str(tmp_path / "site"), str(wheel)])
    env = {"PYTHONPATH": str(tmp_path / "site"), "TYMPAN_KEYS": "file"}
    async with simulator(tmp_path / "paper") as site, agent(tmp_path / "home", env=env) as running:

        async def row() -> dict[str, Any]:
            rows = await running.ask("plugins")
            return next(row for row in rows if row["id"] == "ledger")

        found = await row()
        assert (found["distribution"], found["status"], found["imported"]) == ("acme-ledger", "off", False)
        await running.tympan("policy", "set", "ledger.pages", "on")

        async def runs() -> bool:
            return bool((await row())["status"] == "running")

        await wait_until(runs, "the ledger to run", timeout_s=WAIT_S, every_s=0.2)
        printer = await add_printer(running, "Lab", site["eve"].uri)
        for pages in ("pages='3'", "pages='6'"):
            await running.tympan("print", str(DOCUMENT), "-p", printer.id, "--wait")

            async def entered(pages: str = pages) -> bool:
                return pages in running.output()

            await wait_until(entered, "the job to be in the ledger", timeout_s=WAIT_S, every_s=0.2)
        assert running.output().count("written into the ledger") == 2
