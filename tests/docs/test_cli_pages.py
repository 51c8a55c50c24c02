"""``docs/reference/cli.md`` has every command and option of the command line, ``exit-status.md`` every exit status."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tympan_cli.__main__ import COMMANDS, tympan
from tympan_cli._exits import Exit

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
CLI = (REFERENCE / "cli.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (tympan[^\n]*)\n(.*?)(?=^## |\Z)", CLI, flags=re.DOTALL | re.MULTILINE))


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below one, with its path."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield f"{path} {name}", below
            yield from commands(below, f"{path} {name}")


TREE = dict(commands(tympan, "tympan"))


def test_every_command_has_its_heading_and_no_heading_is_without_one() -> None:
    assert set(SECTIONS) == set(TREE)
    assert {path.split()[1] for path in TREE} == set(COMMANDS)


@pytest.mark.parametrize("path", sorted(TREE))
def test_every_option_and_argument_has_its_entry(path: str) -> None:
    lines = re.findall(r"^- (.+?):", SECTIONS[path], flags=re.M)
    entries = {name for line in lines for name in re.findall(r"`([^`]+)`", line)}
    for parameter in TREE[path].params:
        if isinstance(parameter, click.Argument):
            assert parameter.make_metavar(click.Context(TREE[path])) in entries, parameter.name
        elif parameter.name != "help":
            assert set(parameter.opts) <= entries, parameter.name
    known = {name for parameter in TREE[path].params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {entry for entry in entries if entry.startswith("-")} <= known, "the page names an option that is gone"


def test_every_command_says_what_it_does_in_one_line_that_is_not_cut() -> None:
    for path, command in TREE.items():
        assert command.help, path
        short = COMMANDS[path.split()[1]].short if len(path.split()) == 2 else command.get_short_help_str(45)
        assert not short.endswith("..."), path
        assert len(short) <= 45, path


def test_every_reading_command_takes_json() -> None:
    reading = ("status", "doctor", "plugins", "policy explain", "printers list", "inspect", "jobs", "job")
    for path in reading:
        assert any("--json" in parameter.opts for parameter in TREE[f"tympan {path}"].params), path


def test_every_exit_status_has_its_row_with_its_meaning() -> None:
    rows = re.findall(
        r"^\| (\d+) \| `(\w+)` \| (.+?) \|", (REFERENCE / "exit-status.md").read_text("utf-8"), flags=re.M
    )
    assert {(int(number), name) for number, name, _ in rows} == {(status.value, status.name) for status in Exit}
    assert all(meaning.strip() for _, _, meaning in rows)


def spelled() -> Iterator[tuple[str, list[str]]]:
    """Every `tympan` command a page tells people to type, with the page it stands on."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL):
            for line in re.findall(r"(?:^|bin/)tympan ([^\n]+)$", block.replace("\\\n", " "), flags=re.M):
                yield page.name, shlex.split(line, comments=True)


def test_commands_on_the_pages_are_commands_there_are() -> None:
    seen = 0
    for page, words in spelled():
        command: click.Command = tympan
        while isinstance(command, click.Group) and words:
            found = command.get_command(click.Context(command), words.pop(0))
            assert found is not None, (page, words)
            command = found
        context = click.Context(command)
        _, left, _ = command.make_parser(context).parse_args(list(words))
        assert not left, (page, command.name, left)
        seen += 1
    assert seen > 30
