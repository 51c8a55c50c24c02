"""The suites the industry holds printers to: ``ipptool`` with its own test files, and documents of ours.

- Exit status 0 says nothing: ipptool gives it after a failure in an included file, and after a document that could not
  be read. So failures are looked for in its words, and the number of tests that passed is counted.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import attrs
import trio

SUITES = Path("/usr/share/cups/ipptool")
DOCUMENTS = Path(__file__).parents[2] / "documents"
LEAST = {"ipp-1.1.test": 38, "ipp-2.0.test": 39, "ipp-everywhere.test": 40}
"""Tests that must have passed: a suite that stops early says nothing and exits with 0."""
SUITE_S = 170.0
"""One suite; against a device that prints at once it takes a few seconds."""

_SAMPLES = {
    "document-a4.pdf": "01-a4-1p-gray.pdf",
    "document-letter.pdf": "01-a4-1p-gray.pdf",
    "document-a4.ps": "18-dsc-3p-a4-duplex.ps",
    "document-letter.ps": "18-dsc-3p-a4-duplex.ps",
    "color.jpg": "16-color-1200x900.jpg",
    "gray.jpg": "16-color-1200x900.jpg",
}
"""The suites name documents that no distribution ships, and stop at the first one missing."""

_CUT = "# Test printing all sample documents"
"""Behind this line of ipp-everywhere.test stand 200 raster files that nobody has."""


@attrs.frozen(kw_only=True)
class SuiteVerdict:
    """What a suite said."""

    passed: int
    failed: tuple[str, ...]
    broken: tuple[str, ...]
    text: str


def lay_out(folder: Path) -> None:
    """Puts suites and documents side by side, as ipptool wants them."""
    for suite in SUITES.glob("ipp-*.test"):
        (folder / suite.name).write_text(suite.read_text().partition(_CUT)[0])
    for name, document in _SAMPLES.items():
        shutil.copy(DOCUMENTS / document, folder / name)


async def judge(folder: Path, uri: str, suite: str, *, timeout_s: float = SUITE_S) -> SuiteVerdict:
    """Runs one suite (a key of ``LEAST``) against a printer, in an empty folder."""
    lay_out(folder)
    version = ("-V", "2.0") if suite != "ipp-1.1.test" else ()
    command = ["ipptool", "-tI", *version, "-f", "document-a4.pdf", uri, suite]
    with trio.fail_after(timeout_s):
        run = await trio.run_process(
            command, cwd=folder, capture_stdout=True, stderr=subprocess.STDOUT, check=False, stdin=subprocess.DEVNULL
        )
    lines = run.stdout.decode(errors="replace").splitlines()
    return SuiteVerdict(
        passed=sum("[PASS]" in line for line in lines),
        failed=tuple(line for line in lines if "[FAIL]" in line),
        broken=tuple(line for line in lines if "cannot be read" in line or "Unable to" in line),
        text="\n".join(lines),
    )
