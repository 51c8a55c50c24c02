"""Malformed requests from a seed: ``case(seed, target)`` gives the same bytes every time, so a failure can be replayed.

- A request that cannot be right in any reading is marked ``REFUSED`` and calls its job ``must-not-print``.
- One that chance may have left valid (flipped bits) is marked ``ANY``: it may print, but only if the agent says so.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from enum import Enum
from typing import Final

import attrs

FORBIDDEN: Final = b"must-not-print"
"""Name of jobs that may never be listed."""
ALLOWED: Final = b"mutated"
"""Name of jobs that may be listed when their request was answered with success."""


class Verdict(Enum):
    """What may be answered."""

    REFUSED = "refused"
    ANY = "any"


class Goodbye(Enum):
    """What the client does once it has sent everything."""

    STAY = "reads the answer on an open connection"
    HALF_CLOSE = "sends end of file, then reads"
    RESET = "goes without reading"


@attrs.frozen(kw_only=True)
class Target:
    """The agent under fire.

    Attributes:
        port: Of its loopback site.
        printer: Id of a printer.
        token: For ``/api/v1``.
    """

    port: int
    printer: str
    token: str

    @property
    def uri(self) -> bytes:
        """The printer's URI."""
        return f"ipp://localhost:{self.port}/ipp/print/{self.printer}".encode()


@attrs.frozen(kw_only=True)
class Shot:
    """What is sent, and what may come of it.

    Attributes:
        data: The bytes.
        verdict: What may be answered.
        sound: The HTTP is right: one answer is owed, and the connection may take another request.
        goodbye: The client's manners.
    """

    data: bytes = attrs.field(repr=False)
    verdict: Verdict
    sound: bool = False
    goodbye: Goodbye = Goodbye.STAY


@attrs.frozen(kw_only=True)
class Case:
    """One malformed request; ``str`` tells how to replay it."""

    seed: int
    kind: str
    shot: Shot

    def __str__(self) -> str:
        return f"seed {self.seed} ({self.kind})"


Maker = Callable[[random.Random, Target], Shot]
_MAKERS: Final[dict[str, tuple[int, Maker]]] = {}


def mutation(weight: int) -> Callable[[Maker], Maker]:
    """Registers a maker of malformed requests; ``weight`` is how often it is taken, relative to the others."""

    def register(maker: Maker) -> Maker:
        _MAKERS[maker.__name__] = (weight, maker)
        return maker

    return register


def case(seed: int, target: Target) -> Case:
    """The malformed request of a seed."""
    from rig import _api_mutations, _http_mutations, _ipp_mutations  # noqa: F401  # they register themselves

    dice = random.Random(seed)
    kinds = sorted(_MAKERS)
    [kind] = dice.choices(kinds, [_MAKERS[each][0] for each in kinds])
    return Case(seed=seed, kind=kind, shot=_MAKERS[kind][1](dice, target))


def http(target: Target, body: bytes, *headers: bytes, path: bytes = b"", kind: bytes = b"application/ipp") -> bytes:
    """A sound POST of ``body``."""
    lines = [
        b"POST " + (path or b"/ipp/print/" + target.printer.encode()) + b" HTTP/1.1",
        b"Host: localhost:%d" % target.port,
        b"Content-Type: " + kind,
        b"Content-Length: %d" % len(body),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
