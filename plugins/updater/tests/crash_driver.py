"""Kills an updater at seeded points, again and again, and sees after each that a whole version is meant.

Run as a program, so that every updater is a fork of it that has everything loaded: `crash_driver.py FOLDER SEED COUNT`,
with 0 for every point there is.
A point is the n-th change of the disk or start of a process; Python's audit hooks tell of each before it is done.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from desk_rig import Machine, Workshop, machine, wheel

from tympan_release._making import add
from tympan_updater._errors import UpdateError
from tympan_updater._journal import Journal

CHANGES: Final = frozenset(
    {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.chmod", "os.chown", "subprocess.Popen"}
)
WRITES: Final = os.O_WRONLY | os.O_RDWR


class Points:
    """Counts what is about to be changed, and dies at one of them."""

    def __init__(self) -> None:
        self.seen = 0
        self.dies_at = 0
        self.on = False
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on or not (event in CHANGES or (event == "open" and _writes(arguments))):
            return
        self.seen += 1
        if self.seen == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


def _writes(arguments: tuple[Any, ...]) -> bool:
    return len(arguments) > 2 and isinstance(arguments[2], int) and bool(arguments[2] & WRITES)


def in_fork(points: Points, work: Callable[[], object], dies_at: int) -> tuple[bool, int]:
    """Does something in a process of its own; whether it was killed, and how many points it passed."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        points.seen, points.dies_at, points.on = 0, dies_at, True
        try:
            work()
        except UpdateError:
            pass
        finally:
            points.on = False
            os.write(writing, str(points.seen).encode())
            os._exit(0)
    os.close(writing)
    _, status = os.waitpid(pid, 0)
    with os.fdopen(reading) as told:
        return os.WIFSIGNALED(status), int(told.read() or 0)


class Case:
    """One kind of update, from the same beginning each time."""

    def __init__(self, folder: Path, name: str, wanted: str, **manners: Any) -> None:
        self.name, self.wanted = name, wanted
        self._folder = folder / name
        self._workshop = Workshop(self._folder)
        add(self._workshop.shop(), wheel(self._workshop.files, "acme-raw9100", "1.0.0"))
        self._workshop.add("1.1.0", **manners)
        self._workshop.name("1.1.0", acme_raw9100="1.0.0")

    def machine(self) -> Machine:
        """A machine before the update."""
        root = self._folder / "machine"
        shutil.rmtree(root, ignore_errors=True)
        return machine(root, self._workshop.root)

    def update(self, found: Machine) -> None:
        """What the service manager starts: again and again while there is an order or a journal."""
        found.update(self._workshop.source())

    def faults(self, found: Machine) -> list[str]:
        """What is not as it must be once all is done."""
        said = []
        if found.current != self.wanted or found.runs != self.wanted:
            said.append(f"{found.current} is meant and {found.runs or 'nothing'} runs, in place of {self.wanted}")
        if Journal(found.place).path.exists():
            said.append("the journal is not closed")
        said += [f"{path.name} is left" for path in found.place.root.rglob(".*") if path.is_dir()]
        return said


def run(points: Points, case: Case, moments: list[int]) -> list[str]:
    """One update that is killed at some moments, one after the other, then let come to its end."""
    found = case.machine()
    for moment in moments:
        killed, _ = in_fork(points, lambda: case.update(found), moment)
        if killed and not found.works():
            return [f"{case.name}, killed at {moment}: no whole version is meant"]
    for _ in range(2):  # the second has nothing to do, or is told why not
        in_fork(points, lambda: case.update(found), 0)
    return [f"{case.name}, killed at {moments}: {fault}" for fault in case.faults(found)]


def main() -> None:
    """Prints what was wrong, how many points there are, and how many were tried, as JSON."""
    folder, seed, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    points, generator = Points(), random.Random(seed)
    cases = [
        Case(folder, "well", "1.1.0"),
        Case(folder, "does not start", "1.0.0", starts=False),
        Case(folder, "loses a plugin", "1.0.0", plugins=("ipp_endpoint",)),
        Case(folder, "fails its check", "1.0.0", faults=["no"]),
    ]
    totals = {}
    faults: list[str] = []
    for case in cases:
        found = case.machine()
        _, totals[case.name] = in_fork(points, lambda case=case, found=found: case.update(found), 0)  # type: ignore[misc]
        faults += [f"{case.name}, not killed: {fault}" for fault in case.faults(found)]
    tries = _twice(cases, totals, generator, count) if count else _each(cases, totals)
    for case, moments in tries:
        faults += run(points, case, moments)
    print(json.dumps({"faults": faults, "points": totals, "tried": len(tries)}))


def _twice(
    cases: list[Case], totals: dict[str, int], generator: random.Random, count: int
) -> list[tuple[Case, list[int]]]:
    """Updates killed at one moment or two, drawn by the seed."""
    drawn = []
    for number in range(count):
        case = cases[number % len(cases)]
        total = totals[case.name]
        drawn.append((case, [generator.randint(1, total), generator.choice((0, generator.randint(1, total)))]))
    return drawn


def _each(cases: list[Case], totals: dict[str, int]) -> list[tuple[Case, list[int]]]:
    """Every point of every kind of update."""
    return [(case, [moment]) for case in cases for moment in range(1, totals[case.name] + 1)]


if __name__ == "__main__":
    main()
