"""Looks whether something the hub needs is there."""

from typing import Protocol


class Probe(Protocol):
    """One thing looked at."""

    @property
    def name(self) -> str:
        """What is looked at, a word."""
        ...

    async def problem(self) -> str:
        """What is wrong, a sentence without names of machines; "" when all is well."""
        ...
