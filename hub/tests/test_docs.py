"""The pages about the hub name every command, option, operation and refusal there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tympan_hub.cli.__main__ import main
from tympan_hub.domain.errors import HubError
from tympan_hub.domain.people import Role
from tympan_hub.domain.policy import HUB_KEYS
from tympan_hub.http.problems import ERRORS
from tympan_wire.hub import SHAPES, Code, Operation

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE = (DOCS / "guides" / "run-a-hub.md").read_text("utf-8")
ROLES = (DOCS / "guides" / "people-and-roles.md").read_text("utf-8")
API = (DOCS / "reference" / "agent-api.md").read_text("utf-8")
ROWS = {row[0]: row for row in (re.findall(r"`([^`]+)`", line) for line in GUIDE.splitlines()) if row}


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands(below, f"{path} {name}")
    else:
        yield path, command


@pytest.mark.parametrize(("path", "command"), list(commands(main, "tympan-hub")), ids=str)
def test_every_command_stands_in_the_guide_with_its_options(path: str, command: click.Command) -> None:
    shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    options = {name for parameter in shown for name in parameter.opts if name.startswith("--")}
    assert options == {word for word in ROWS[path] if word.startswith("--")}


def test_every_operation_stands_on_the_page_with_its_messages() -> None:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (`\w+`, `\w+` \| (?:yes)?)", API, flags=re.M))
    assert set(rows) == set(Operation)
    for operation, shape in SHAPES.items():
        said = f"`{shape.request.__name__}`, `{shape.answer.__name__}` | {'yes' if shape.authenticated else ''}"
        assert rows[operation] == said


def test_every_refusal_stands_on_the_page_with_its_status() -> None:
    rows = {(code, int(status)) for code, status in re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", API, flags=re.M)}
    assert rows == {(said.code.value, said.status) for said in ERRORS.values()}
    assert {code for code, _ in rows} == set(Code) - {Code.UNKNOWN}


def test_every_role_and_every_key_of_the_hub_stands_in_the_guide() -> None:
    assert all(f"| {role.value.replace('-', ' ')} |" in ROLES for role in Role)
    assert all(f"`{key}`" in ROLES for key in HUB_KEYS)


def test_the_tree_of_errors_is_whole() -> None:
    def names(kind: type[HubError]) -> Iterator[str]:
        yield kind.__name__
        for below in kind.__subclasses__():
            yield from names(below)

    import tympan_hub.domain.errors as module

    assert all(name in (module.__doc__ or "") for name in names(HubError))
