"""``python -m tympan.checking PATH|WHEEL``: checks a plugin, and writes what was found as JSON, a line for each.

What the plugin itself writes goes to standard error.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import attrs

from tympan._errors import TympanError
from tympan._home import Home
from tympan._hooks import Offer
from tympan._installation import carries_python
from tympan._registry import Found, PluginRecord
from tympan._states import PluginState
from tympan.checking import ENDED
from tympan.checking import _static as static
from tympan.checking._findings import Finding, failed, passed
from tympan.checking._laid import Laid, lay_out
from tympan.checking._loading import loaded

_OF_SUITES: Final = ("pytest", "anyio")
"""What the suites stand on, and an agent need not have."""


def main(source: str) -> int:
    """0 when everything could be looked at, whatever was found."""
    sys.dont_write_bytecode = True  # what Python writes at an import is not the plugin's doing
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory(prefix="tympan-check-") as folder, answers:
        end = passed(Path(source).absolute().name, ENDED)  # "." has no name
        for finding in chain(check(Path(source), Path(folder)), [end]):
            answers.write(json.dumps(attrs.asdict(finding)) + "\n")
            answers.flush()
    return 0


def check(source: Path, folder: Path) -> Iterator[Finding]:
    """All that is found of a distribution's plugins."""
    for name in ("laid", "home", "ports"):
        (folder / name).mkdir()
    try:
        laid = lay_out(source, folder / "laid")
    except TympanError as error:
        yield failed(source.name, "it can be read", error.cause, error.next_step)
        return
    yield from _check(laid, folder)


def _check(laid: Laid, folder: Path) -> Iterator[Finding]:
    sys.path[:0] = [str(root) for root in laid.roots]
    plugins = static.found_of(laid, Home(folder / "home"))
    if not plugins:
        then = 'Name one: [project.entry-points."tympan.plugins"].'
        yield failed(laid.name, "it brings a plugin", "it has no entry point in the group tympan.plugins", then)
    for record, point in plugins:
        yield from static.gate(record)
        if record.state is not PluginState.FOUND:
            continue
        yield from static.imports(record)
        offers, found = loaded(record, point)
        yield from found
        if offers:
            yield from _ports(record, point, offers, folder / "ports")


def _ports(record: PluginRecord, point: Found, offers: tuple[Offer, ...], folder: Path) -> Iterable[Finding]:
    missing = [name for name in _OF_SUITES if importlib.util.find_spec(name) is None]
    if missing:
        what = "the suites of its ports run"
        return [failed(record.id, what, f"not installed here: {', '.join(missing)}", _then(missing))]
    from tympan.checking import _suites as suites

    return suites.run(record, point, offers, folder)


def _then(missing: list[str]) -> str:
    if carries_python():
        return f"Check it in a virtual environment with tympan-cli and {' and '.join(missing)}."
    return f"Install what is missing: python -m pip install {' '.join(missing)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
