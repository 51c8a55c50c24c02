"""The command port in memory."""

from __future__ import annotations

from collections.abc import Sequence


class FakeCommand:
    """``Command`` that keeps its ``calls`` and returns ``status``; arguments it does not know are wrong usage (2)."""

    def __init__(self, name: str = "fake", summary: str = "Does nothing", status: int = 0) -> None:
        self.name = name
        self.summary = summary
        self.status = status
        self.calls: list[tuple[str, ...]] = []

    def run(self, arguments: Sequence[str]) -> int:
        """Keeps the call."""
        self.calls.append(tuple(arguments))
        return 2 if arguments and arguments != ["--help"] else self.status
