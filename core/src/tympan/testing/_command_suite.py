"""The suite every command must pass: subclass it and give the fixture ``command``."""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import re

from tympan._ports import Command

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


class CommandSuite:
    """What every command must do."""

    def test_it_is_a_command(self, command: Command) -> None:
        """The command line asks ``isinstance``."""
        assert isinstance(command, Command)

    def test_its_name_can_be_typed_and_its_summary_is_one_line(self, command: Command) -> None:
        """Both stand in ``tympan --help``."""
        assert _NAME.fullmatch(command.name)
        assert command.summary
        assert "\n" not in command.summary
        assert len(command.summary) <= 100

    def test_help_succeeds(self, command: Command) -> None:
        """It returns; it does not leave the program."""
        assert _status(command, ["--help"]) == 0

    def test_wrong_arguments_are_an_exit_status(self, command: Command) -> None:
        """Not a traceback."""
        assert _status(command, ["--no-such-option", "x"]) != 0


def _status(command: Command, arguments: list[str]) -> int:
    try:
        status = command.run(arguments)
    except SystemExit as error:
        raise AssertionError(f"the command left the program with {error.code!r} instead of returning") from error
    assert isinstance(status, int)
    assert 0 <= status <= 125, "above 125 is the shell's own"
    return status
