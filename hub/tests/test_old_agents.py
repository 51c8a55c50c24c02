"""Agents of the two versions before this one beside this hub: what they say, word for word, and what they can read.

An old agent is its frozen messages (``wire/tests/hub/samples``): the bytes it sends, and the fields it looks for in an
answer. Updates rest on this: the hub is updated first, and its agents follow over weeks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hub_rig import Bench, problem

from tympan_wire.hub import HEADER, PREFIX, PROTOCOL, SHAPES, Code, Operation, decode

pytestmark = pytest.mark.anyio
SAMPLES: Final = Path(__file__).parents[2] / "wire" / "tests" / "hub" / "samples"
OLD: Final = ((1, 6), (1, 7))
"""The two before this one."""
STRANGE: Final = frozenset({Code.BAD_MESSAGE, Code.TOO_LARGE, Code.UNKNOWN})
"""Refusals that mean the hub did not understand; any other is about what such a sample names, which is not there."""


def said(message: str, version: tuple[int, int]) -> Any:
    """A message as a version said it; None when it had none such."""
    for folder in reversed(["v1", *(f"v1.{minor}" for minor in range(1, version[1] + 1))]):
        path = SAMPLES / folder / f"{message}.json"
        if path.exists():
            return json.loads(path.read_bytes())
    return None


ASKED: Final = [
    pytest.param(version, operation, id=f"{version[0]}.{version[1]} {operation}")
    for version in OLD
    for operation, shape in SHAPES.items()
    if shape.authenticated and said(shape.request.__name__, version) is not None
]


@pytest.mark.parametrize(("version", "operation"), ASKED)
async def test_an_old_agent_is_understood_and_answered_in_its_words(
    hub: Bench, version: tuple[int, int], operation: Operation
) -> None:
    request = said(SHAPES[operation].request.__name__, version)
    token = (await hub.agent(await hub.tenant())).token
    headers = {HEADER: str(PROTOCOL), "Authorization": f"Bearer {token}"}
    answer = await hub.client.post(PREFIX + operation, content=json.dumps(request).encode(), headers=headers)
    if answer.status_code != 200:
        assert answer.status_code < 500
        assert problem(answer).code not in STRANGE, answer.text
        return
    kind: Any = SHAPES[operation].answer
    wanted, given = said(kind.__name__, version), answer.json()
    assert decode(kind, answer.content)
    assert {name: type(given[name]) for name in wanted.keys() & given.keys() if _says(wanted[name], given[name])} == {
        name: type(wanted[name]) for name in wanted.keys() & given.keys() if _says(wanted[name], given[name])
    }, "a field means something else now"


def _says(before: Any, now: Any) -> bool:
    """Nothing and something are no change of meaning."""
    return before is not None and now is not None


def test_the_two_versions_before_this_one_are_tried_in_every_operation_they_had() -> None:
    tried = {(version, operation) for version, operation in (parameter.values for parameter in ASKED)}
    assert {operation for version, operation in tried if version == (1, 6)} >= {"desired", "reports", "tunnel", "keys"}
    assert {operation for version, operation in tried if version == (1, 7)} >= {"shares", "shares-change"}
