"""``tympan plugin``: for people who make plugins: begin one, check one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import click

from tympan.admin import own_module
from tympan.checking import ENDED
from tympan_cli._errors import CommandError, in_utf8
from tympan_cli._exits import Exit
from tympan_cli._let_in import let_in
from tympan_cli._output import as_json, colored, say, show, show_listing

CHECK_S: Final = 900
"""For all suites of a distribution: each of their calls has a deadline of its own, and a plugin has few ports."""
SAID_CHARS: Final = 2000
"""Of what the checks wrote when they broke off."""

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
_TEMPLATE: Final = "vendor-plugin"
"""The template is a plugin that works; this is its name, and everything in it is named after it."""


@click.group("plugin")
def plugin() -> None:
    """Begin a plugin of your own, check one, or try one again that is held off."""


plugin.add_command(let_in)


@plugin.command("new", short_help="begin a plugin from the template")
@click.argument("name")
@click.option("--into", type=click.Path(path_type=Path), default=Path(), help="Where its folder is made.")
def new(name: str, into: Path) -> None:
    """Begin a plugin NAME, such as acme-ledger, in a folder of that name: it runs, and its checks pass."""
    in_utf8(name)
    if not _NAME.fullmatch(name) or len(name) > 60:
        cause = f"{name!r:.80} is no name for a plugin"
        raise CommandError(
            cause, next_step="Take lower-case words and hyphens, such as acme-ledger.", status=Exit.USAGE
        )
    folder = into / name
    if folder.exists():
        raise CommandError(f"{folder} is there already", next_step="Choose another name.", status=Exit.REFUSED)
    template = _template()
    for path in sorted(template.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            to = folder / _named(path.relative_to(template).as_posix(), name)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(_named(path.read_text("utf-8"), name), "utf-8")
    say(f"{folder} is a plugin. Try it: tympan plugin check {folder}")


def _template() -> Path:
    """In the wheel beside this module, in a checkout at the top."""
    here = Path(__file__).resolve()
    places = (here.parent / "templates" / "plugin", here.parents[3] / "templates" / "plugin")
    return next(place for place in places if place.is_dir())


def _named(text: str, name: str) -> str:
    """With the plugin's own name in each of its spellings: distribution, package and id, capability."""
    text = text.replace(_TEMPLATE, name)
    text = text.replace(_TEMPLATE.replace("-", "_"), name.replace("-", "_"))
    return text.replace(_TEMPLATE.replace("-", "."), name.replace("-", ".", 1))


@plugin.command("check", short_help="does a plugin keep what a plugin must keep")
@click.argument("source", type=click.Path(path_type=Path))
@as_json
def check(source: Path, as_json: bool) -> None:
    """Check the plugin in SOURCE, a wheel or a project's folder: manifest, imports, and every port by its contract.

    It runs in a process of its own, with what is installed here.
    """
    findings = _findings(source)
    show(findings, as_json, _render)
    if any(finding["verdict"] == "failed" for finding in findings):
        sys.exit(Exit.PROBLEMS)


def _findings(source: Path) -> list[dict[str, Any]]:
    asked = own_module("tympan.checking", str(source))
    try:
        told = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, timeout=CHECK_S, check=False)
    except subprocess.TimeoutExpired as error:
        cause = f"the checks did not end within {CHECK_S} s"
        raise CommandError(cause, next_step="Look for a call of the plugin that never returns.") from error
    findings = [json.loads(line) for line in told.stdout.decode("utf-8").splitlines()]
    if told.returncode != 0:
        said = told.stderr.decode("utf-8", "replace").strip()[-SAID_CHARS:]
        raise CommandError(f"the checks broke off: {said}", next_step="Check it where Tympan and pytest are installed.")
    if not findings or findings[-1]["what"] != ENDED:
        cause = "the plugin ended the checks before everything was looked at"
        raise CommandError(cause, next_step="Look where it ends its process: a plugin never does.")
    return findings


def _render(findings: list[dict[str, Any]]) -> None:
    from tympan_cli._listing import Cell, Column, Listing

    made = Listing(Column(), Column(drop=1), Column(wrap=True), notes_under=2)
    for row in findings:
        lines = row["detail"].splitlines() if row["verdict"] != "passed" else []
        notes = [Cell(text=line, style="dim") for line in lines if line.strip()]
        notes += [Cell(text=f"→ {row['then']}", style="bold")] if row["then"] else []
        made.add(colored(row["verdict"]), row["topic"], row["what"], notes=notes)
    show_listing(made)
    bad = sum(row["verdict"] == "failed" for row in findings)
    say(f"{len(findings) - bad} of {len(findings)} checks passed")
