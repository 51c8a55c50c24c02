"""Malformed calls of the control application at ``/api/v1``, with the right token."""

from __future__ import annotations

import json
import random
from typing import Final

from rig._mutations import Shot, Target, Verdict, http, mutation

_WITH_ARGUMENTS: Final = (
    "policy.explain",
    "printers.add",
    "printers.remove",
    "printers.trust",
    "queues.install",
    "queues.remove",
    "jobs.show",
    "jobs.cancel",
    "jobs.hold",
    "jobs.release",
    "jobs.settle",
)
"""Operations that need an argument, and so cannot do anything with the ones made here."""
_NAMES: Final = ("printer", "job", "key", "name", "uri", "queue", "mode", "location", "by", "fingerprint")
_BAD: Final = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe{}",
    b"{}" * 3,
    b"{'a': 1}",
    b"[" * 50_000,
    b'{"a":' * 50_000,
    b'{"job": ' + b"9" * 5000 + b"}",
    b" " * (1 << 20) + b"{} ",
)


def _call(target: Target, operation: str, body: bytes) -> Shot:
    token = b"Authorization: Bearer " + target.token.encode()
    path = b"/api/v1/" + operation.encode()
    data = http(target, body, token, path=path, kind=b"application/json")
    return Shot(data=data, verdict=Verdict.REFUSED, sound=len(body) < 1 << 16)


@mutation(40)
def wrong_arguments(dice: random.Random, target: Target) -> Shot:
    """Arguments missing, of the wrong type, or that name nothing there is."""
    strange: tuple[object, ...] = (
        None,
        True,
        -1,
        1e300,
        "\0",
        "../../x",
        "nobody" * 500,
        "\ud800",
        [],
        ["a"],
        {"a": {}},
    )
    given = {name: dice.choice(strange) for name in dice.sample(_NAMES, dice.randint(0, len(_NAMES)))}
    return _call(target, dice.choice(_WITH_ARGUMENTS), json.dumps(given).encode())


@mutation(15)
def no_object(dice: random.Random, target: Target) -> Shot:
    """A body that is no JSON object."""
    return _call(target, dice.choice(_WITH_ARGUMENTS), dice.choice(_BAD))


@mutation(15)
def no_operation(dice: random.Random, target: Target) -> Shot:
    """Operations that do not exist."""
    names = ("", "x", "jobs", "__class__", "jobs.list/x", "JOBS.LIST", "a" * 5000, "status%00", "jobs..list", "..")
    return _call(target, dice.choice(names), b"{}")


@mutation(15)
def wrong_token(dice: random.Random, target: Target) -> Shot:
    """Everything but the token; what may not be asked is not told either."""
    tokens = ("", "x", target.token[:-1], target.token + "x", target.token.swapcase(), "\u00e9" * 43, "a" * 10_000)
    shown = b"Authorization: Bearer " + dice.choice(tokens).encode()
    shown = dice.choice((shown, b"X: no token", b"Authorization: Basic eDp5"))
    data = http(target, b"{}", shown, path=b"/api/v1/jobs.list", kind=b"application/json")
    return Shot(data=data, verdict=Verdict.REFUSED, sound=True)
