"""Faults: what can be made to go wrong, and how each is written.

A fault is written `kind`, `kind:argument`, `kind*times` or `kind:argument*times`. Without `times` a fault of state
(paper-out, offline, busy ...) lasts until cleared, and a fault of one moment (jam, power, drop ...) happens once;
`*0` means until cleared.
"""

import enum
import re
from collections.abc import Iterable, Iterator
from typing import Self

import attrs

from tympan_sim._errors import FaultUnreadable

_TEXT = re.compile(r"(?P<kind>[a-z][a-z-]*)(:(?P<argument>[^*\s]+))?(\*(?P<times>\d{1,6}))?")


class Argument(enum.Enum):
    """What may stand behind the colon."""

    NONE = "nothing"
    COUNT = "a whole number"
    SECONDS = "a number of seconds"
    TEXT = "a word"
    GARBAGE = "random, truncated, request-id or http-500"


class FaultKind(enum.Enum):
    """Every way a virtual printer can fail."""

    OFFLINE = "offline"
    SLOW = "slow"
    DELAY = "delay"
    PAPER_OUT = "paper-out"
    JAM = "jam"
    LINGER = "linger"
    ABORT = "abort"
    BUSY = "busy"
    NOT_ACCEPTING = "not-accepting"
    REJECT = "reject"
    DROP = "drop"
    DROP_ANSWER = "drop-answer"
    GARBAGE = "garbage"
    HANG = "hang"
    POWER = "power"
    NEW_CERTIFICATE = "new-certificate"
    FORGET = "forget"


class Garbage(enum.Enum):
    """What the fault `garbage` answers."""

    RANDOM = "random"
    TRUNCATED = "truncated"
    REQUEST_ID = "request-id"
    HTTP_500 = "http-500"


@attrs.frozen
class _Rule:
    """Of a kind: what its argument is, the one taken when left out (None: must be given), how often it happens."""

    argument: Argument
    default: str | None
    times: int


RULES = {
    FaultKind.OFFLINE: _Rule(Argument.NONE, "", 0),
    FaultKind.SLOW: _Rule(Argument.COUNT, None, 0),
    FaultKind.DELAY: _Rule(Argument.SECONDS, None, 0),
    FaultKind.PAPER_OUT: _Rule(Argument.NONE, "", 0),
    FaultKind.JAM: _Rule(Argument.COUNT, "1", 1),
    FaultKind.LINGER: _Rule(Argument.COUNT, "1", 0),
    FaultKind.ABORT: _Rule(Argument.COUNT, "1", 1),
    FaultKind.BUSY: _Rule(Argument.NONE, "", 0),
    FaultKind.NOT_ACCEPTING: _Rule(Argument.NONE, "", 0),
    FaultKind.REJECT: _Rule(Argument.TEXT, None, 0),
    FaultKind.DROP: _Rule(Argument.COUNT, "0", 1),
    FaultKind.DROP_ANSWER: _Rule(Argument.NONE, "", 1),
    FaultKind.GARBAGE: _Rule(Argument.GARBAGE, "random", 0),
    FaultKind.HANG: _Rule(Argument.NONE, "", 0),
    FaultKind.POWER: _Rule(Argument.SECONDS, "1", 1),
    FaultKind.NEW_CERTIFICATE: _Rule(Argument.NONE, "", 1),
    FaultKind.FORGET: _Rule(Argument.NONE, "", 1),
}
"""The one table of kinds: parser, printer and README follow it."""


@attrs.frozen
class Fault:
    """One fault to order.

    Attributes:
        kind: what goes wrong.
        argument: as written: bytes/s for slow, seconds for delay and power, page (from 1) for jam, linger and
            abort, document byte for drop, a media type for reject, a `Garbage` for garbage; empty for any other kind.
        times: how often it happens; 0 until cleared.
    """

    kind: FaultKind
    argument: str = ""
    times: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a fault from its text form.

        Raises:
            FaultUnreadable: The text names no fault, or its argument is missing or wrong.
        """
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            raise FaultUnreadable(text, "it is not written kind:argument*times")
        try:
            kind = FaultKind(found["kind"])
        except ValueError as unknown:
            raise FaultUnreadable(text, "there is no such kind") from unknown
        times = RULES[kind].times if found["times"] is None else int(found["times"])
        return cls(kind, _checked(text, RULES[kind], found["argument"]), times)

    @property
    def count(self) -> int:
        """The argument as a whole number."""
        return int(self.argument)

    @property
    def seconds(self) -> float:
        """The argument as seconds."""
        return float(self.argument)

    def __str__(self) -> str:
        argument = f":{self.argument}" if self.argument else ""
        times = f"*{self.times}" if self.times != RULES[self.kind].times else ""
        return f"{self.kind.value}{argument}{times}"


def _checked(text: str, rule: _Rule, argument: str | None) -> str:
    if argument is None:
        if rule.default is None:
            raise FaultUnreadable(text, f"it needs {rule.argument.value} behind a colon")
        return rule.default
    patterns = {
        Argument.NONE: "",
        Argument.COUNT: r"\d{1,12}",
        Argument.SECONDS: r"\d{1,6}(\.\d{1,6})?",
        Argument.TEXT: r"[a-z0-9.+-]+/[a-z0-9.+-]+",
        Argument.GARBAGE: "|".join(shape.value for shape in Garbage),
    }
    if not re.fullmatch(patterns[rule.argument], argument):
        raise FaultUnreadable(text, f"it takes {rule.argument.value} behind the colon")
    return argument


class Orders:
    """The faults a printer is under, each with how often it still happens."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._left: list[tuple[Fault, int]] = [(fault, fault.times) for fault in faults]

    def __iter__(self) -> Iterator[Fault]:
        return iter([fault for fault, _ in self._left])

    def add(self, fault: Fault) -> None:
        """Put one more fault under those in force."""
        self._left.append((fault, fault.times))

    def clear(self, kind: FaultKind | None = None) -> None:
        """Lift every fault, or those of one kind."""
        self._left = [] if kind is None else [entry for entry in self._left if entry[0].kind is not kind]

    def peek(self, kind: FaultKind, argument: str | None = None) -> Fault | None:
        """The first fault of a kind in force, without using it up."""
        for fault, _ in self._left:
            if fault.kind is kind and argument in (None, fault.argument):
                return fault
        return None

    def take(self, kind: FaultKind, argument: str | None = None) -> Fault | None:
        """The first fault of a kind in force; one of its times is used up."""
        for place, (fault, left) in enumerate(self._left):
            if fault.kind is kind and argument in (None, fault.argument):
                self._use(place, left)
                return fault
        return None

    def _use(self, place: int, left: int) -> None:
        if left == 1:
            del self._left[place]
        elif left:
            self._left[place] = (self._left[place][0], left - 1)
