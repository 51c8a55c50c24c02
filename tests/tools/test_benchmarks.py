"""Every benchmark can be begun as `make bench` begins it: one that cannot be imported measures nothing for weeks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
FOUND = sorted(BENCHMARKS.glob("*/bench_*.py"))
BEGIN = """
import sys
import run
run._RUN_ONE = (
    "import importlib, json, sys; found = importlib.import_module(sys.argv[1]);"
    "json.dump([callable(found.run)], sys.stdout)"
)
[module] = [each for each in run.modules("bench_") if each.stem == sys.argv[1]]
assert run.measure(module) == [True]
"""


@pytest.mark.parametrize("module", FOUND, ids=lambda module: module.stem)
def test_it_can_be_begun(module: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS)}
    command = [sys.executable, "-c", BEGIN, module.stem]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
