"""Texts not every database takes, in every field of every body: refused or kept, and never a mistake of the hub."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from api_rig import Operation, Program, estate, operations
from api_rig._estate import FIELDS, GIVEN
from hub_rig import Bench

from tympan_hub.http.api import PREFIX

pytestmark = pytest.mark.anyio
ODD = {"nul": "a\0b", "lone surrogate": "a\ud800b", "not a character": "a\uffffb", "astral": "a\U0001f4a8b"}


def odd(field: Any, text: str) -> Any:
    """A field with the text in it; the field itself where it holds none."""
    if isinstance(field, str):
        return field + text
    return [text] if isinstance(field, list) else field


def bodies(operation: Operation, known: dict[str, Any], text: str) -> list[dict[str, Any]]:
    """A body for each of its fields, with the text in that one."""
    names = GIVEN.get(operation.id, tuple(operation.fields))
    whole = {name: FIELDS.get(name, known.get(name)) for name in names}
    return [{**whole, name: odd(whole[name], text)} for name in names]


async def sent(by: Program, method: str, path: str, body: dict[str, Any]) -> httpx.Response:
    """The answer to a body in ASCII, as JSON spells what UTF-8 cannot."""
    headers = {"Authorization": f"Bearer {by.secret}", "Content-Type": "application/json"}
    return await by.client.request(method, PREFIX + path, headers=headers, content=json.dumps(body))


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
async def test_attack_odd_texts_are_no_mistakes_of_the_hub(hub: Bench, text: str) -> None:
    theirs = await estate(hub, "theirs")
    asked = 0
    for operation in operations():
        for body in bodies(operation, theirs.known, text) if operation.body else ():
            answer = await sent(theirs.admin, operation.method, operation.path.format(**theirs.known), body)
            assert answer.status_code < 500, (operation.id, body, answer.text)
            asked += 1
    assert asked > 50
