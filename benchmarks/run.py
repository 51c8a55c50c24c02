"""Every figure, measured: runs each benchmark as a process of its own, shows one table and keeps it in README.md.

A benchmark is a module ``bench_*.py`` in a folder here, with ``run() -> list[dict]``; a row has figure, ours, peer,
unit, ratio, target and met. One that fails is shown as failed and makes the exit status 1, as a missed target does not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from machine import description, load
from table import as_markdown, as_text

HERE: Final = Path(__file__).parent
README: Final = HERE / "README.md"
LOOPBACK: Final = str(HERE.parent / "tools" / "loopback.toml")
"""Agents of a benchmark look for devices on loopback alone, unless it gives them other settings."""
BENCH_S: Final = 1800.0
"""Longest run of one benchmark."""
TAIL_LINES: Final = 40
"""Lines of a failed benchmark's errors that are shown."""
RIGS: Final = (HERE.parent / "hub" / "tests", HERE.parent / "tests" / "mobility", HERE / "hub")
"""Where the rigs lie that start databases, converters and hubs; tests use the first two, too."""
_RUN_ONE: Final = "import importlib, json, sys; json.dump(importlib.import_module(sys.argv[1]).run(), sys.stdout)"
_BEGIN: Final = "<!-- figures: written by run.py -->"
_END: Final = "<!-- end of figures -->"

Row = dict[str, Any]


def modules(only: str) -> list[Path]:
    """The benchmarks there are, those whose name contains ``only``."""
    return [path for path in sorted(HERE.glob("*/bench_*.py")) if only in path.stem]


def measure(module: Path) -> list[Row]:
    """The rows of one benchmark; one row that says so when it failed."""
    print(f"{module.stem} ...", end=" ", file=sys.stderr, flush=True)
    start = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-c", _RUN_ONE, module.stem],
            env={
                **os.environ,
                "TYMPAN_SETTINGS": LOOPBACK,
                "PYTHONPATH": os.pathsep.join(map(str, (module.parent, HERE, *RIGS))),
            },
            capture_output=True,
            text=True,
            timeout=BENCH_S,
        )
        rows: list[Row] = json.loads(done.stdout) if done.returncode == 0 else []
        errors = done.stderr
    except (subprocess.TimeoutExpired, json.JSONDecodeError) as error:
        rows, errors = [], str(error)
    print(f"{time.monotonic() - start:.0f} s" if rows else "FAILED", file=sys.stderr)
    if not rows:
        print("\n".join(errors.splitlines()[-TAIL_LINES:]), file=sys.stderr)
    return rows or [{"figure": module.stem, "failed": True}]


def write_readme(machine: str, rows: list[Row]) -> None:
    """Replaces what stands between the markers."""
    text = README.read_text()
    before, rest = text.split(_BEGIN)
    _, after = rest.split(_END)
    measured = f"{_BEGIN}\n\n{machine}\n\n{as_markdown(rows)}\n\n"
    README.write_text(f"{before}{measured}{_END}{after}")


def main() -> int:
    """Measures what the command line names."""
    parser = argparse.ArgumentParser(description="Measure each promise beside its peer.")
    parser.add_argument("--only", default="", metavar="NAME", help="benchmarks whose name contains this")
    parser.add_argument("--no-write", action="store_true", help="leave README.md as it is")
    chosen = parser.parse_args()
    found = modules(chosen.only)
    if not found:
        parser.error(f"no benchmark is called {chosen.only!r}; there are {', '.join(p.stem for p in modules(''))}")
    machine = f"{description()} {load()}."
    rows = [row for module in found for row in measure(module)]
    print(f"{machine}\n\n{as_text(rows)}")
    if not chosen.no_write and not chosen.only:
        write_readme(machine, rows)
    return 1 if any(row.get("failed") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
