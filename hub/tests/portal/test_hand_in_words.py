"""What the hub says to who hands a document in is German on a German page: every no its source can give."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

import pytest
from agent_lines import ROOT, VALUE, File
from crossing_rig import new_sites
from hub_rig import Bench
from portal_steps import URL, SignIn, csrf

from tympan_hub.domain import errors
from tympan_hub.domain.errors import HubError, Trouble
from tympan_hub.http.portal._agent_lines import in_words
from tympan_hub.http.portal._door import _spoken
from tympan_hub.http.portal._hand_in_words import REFUSALS
from tympan_hub.http.portal._language import Language, catalogue

GERMAN = catalogue(Language.GERMAN)
HUB: Final = ROOT / "hub" / "src" / "tympan_hub"
SOURCES: Final = (
    "adapters/sql/errors.py",
    "domain/people.py",
    "domain/uploads.py",
    "http/guards.py",
    "http/portal/_forms.py",
    "service/conversions.py",
    "service/hand_in_room.py",
    "service/hand_ins.py",
    "service/sealed_hand_ins.py",
    "service/turns.py",
    "service/uploads.py",
    "service/usable.py",
)
KINDS: Final = {"Conflict", "Full", "NoRoom", "NotAllowed", "NotFound", "TooLarge", "TooSlow", "Unavailable", "_full"}
"""Not ``BadInput``: the page sends none of that."""

BESIDE: Final = {"service/sealed_hand_ins.py": {"BadInput"}}
"""But that a computer is gone which it has just sealed for."""

ELSEWHERE: Final = {
    "policy keeps uploads for people who are signed in, and zz is not",
    "Run 'tympan login' on that computer.",
    "this takes at most zz bytes",
    "Send less at once.",
    "there is nothing at this address",
    "Look whether it is whole.",
    "this token may not make or unmake administrators, nor touch how they sign in",
    "Do it in the portal, or make a token that may.",
    "who is a service owner is decided by owners who signed in with a password",
    "a password has zz to zz characters",
    "an upload that is zz cannot zz",
}
"""Said to agents, to programs, or of other things; and what no step of the page can come to."""


def said() -> set[str]:
    """Causes and next steps, with `VALUE` for what is known only later."""
    return {text for name in SOURCES for text in _said_in(name)} - ELSEWHERE


def _said_in(source: str) -> Iterator[str]:
    file, kinds = File.of(HUB / source), KINDS | BESIDE.get(source, set())
    for node in ast.walk(file.tree):
        yield from _texts(file, node, kinds)


def _texts(file: File, node: ast.AST, kinds: set[str]) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id=name), args=[cause, *_], keywords=more) if name in kinds:
            told = [cause, *(word.value for word in more if word.arg == "next_step")]
            yield from (text for one in told for text in file.texts(one) if re.search("[a-z]{3}", text) and " " in text)


def test_every_no_of_the_source_has_its_german() -> None:
    lines = said()
    assert {"no computer prints there now", f"{VALUE} jobs wait already", "Choose another one."} <= lines
    untold = sorted(line for line in lines if not in_words(line, GERMAN))
    assert not untold, "put them into REFUSALS of _hand_in_words.py, and their German into the catalogue"


def test_every_pattern_is_of_something_that_is_said() -> None:
    parts = {line: ".*".join(map(re.escape, re.split(r"%\(\w+\)s", line))) for line in REFUSALS}
    lines = said()
    assert [line for line, part in parts.items() if not any(re.fullmatch(part, each) for each in lines)] == []


@pytest.mark.parametrize(
    "error",
    [
        errors.BadInput("something nobody translated", next_step="Do something."),
        errors.Full("full of something", next_step="Take it away."),
        errors.Unavailable("the moon is in the way"),
        errors.NotFound("there is no unicorn"),
        errors.NotConverted("whatever", next_step="Whatever.", why=Trouble.PASSWORD),
    ],
)
def test_what_has_no_german_of_its_own_is_told_as_its_kind(error: HubError) -> None:
    cause, then = error.cause, error.next_step
    assert _spoken(error, Language.ENGLISH).sentence == (f"{cause}. {then}" if then else cause)
    told = _spoken(error, Language.GERMAN)
    assert told.cause not in ("", cause)
    assert not told.cause.endswith("."), "the next step follows"


@pytest.mark.anyio
async def test_the_door_says_no_in_the_readers_language(hub: Bench, sign_in: SignIn) -> None:
    sites = await new_sites(hub)
    client = await sign_in(sites.admin)
    headers = {"x-csrf-token": await csrf(client, "/account"), "origin": URL}
    path = f"/app/print/door/uploads/{'0' * 32}/finish"
    english = (await client.post(path, headers={**headers, "accept-language": "en"})).json()
    german = (await client.post(path, headers={**headers, "accept-language": "de"})).json()
    assert (english["detail"], english["next_step"]) == ("there is no such upload", "Begin it again.")
    assert (german["detail"], german["code"]) == (GERMAN.gettext("there is no such upload"), english["code"])
    assert german["detail"] != english["detail"] and german["next_step"] != english["next_step"]
