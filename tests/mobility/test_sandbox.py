"""The sandbox where there is no bubblewrap: what could fetch is away, the rest has bounds, and no network where it can.

`test_conversions` has the sandbox as it should be.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conversion_rig import DOCUMENTS, Desk, Shell, at_desk, document_of, listening, until_gone
from conversion_rig._documents import docx, picture

from tympan_hub.adapters import sandbox
from tympan_hub.domain.errors import NotConverted, Trouble
from tympan_hub.ports.conversion import Found

pytestmark = pytest.mark.system

AWAY = "bubblewrap is not installed. On Debian: apt-get install bubblewrap"


@pytest.fixture(autouse=True)
def _no_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "bwrap" else f"/usr/bin/{name}")
    sandbox._problem.cache_clear()
    yield
    sandbox._problem.cache_clear()


def found(script: str) -> tuple[Found, ...]:
    return (Found(name="shell", converter=Shell(script, fetches=False)),)


def test_what_could_fetch_is_refused_and_what_opens_its_own_bytes_alone_is_converted(tmp_path: Path) -> None:
    async def convert(here: Desk) -> None:
        for hostile in (docx(), b"<html><p>x"):
            with pytest.raises(NotConverted) as told:
                await here.convert(hostile)
            assert told.value.why is Trouble.AWAY
        away = {one.name: one.problem for one in here.service.shown() if one.problem}
        assert set(away) == {"html", "office"} and all(AWAY in why for why in away.values())
        for name in ("text.txt", "notes.md"):
            assert "Grüße" in (await here.convert(DOCUMENTS[name][0], name)).text
        assert (await here.convert(picture("PNG"))).pages == 1

    at_desk(tmp_path, convert, problem=AWAY)


ASKS = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5)"


@pytest.mark.parametrize("fenced", [True, False])
def test_a_converter_reaches_nothing_by_network_where_namespaces_can_be_made(
    tmp_path: Path, fenced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not fenced:
        monkeypatch.setattr(sandbox, "_fence", lambda: ())
    with listening() as listener:
        script = f"cp $1 $2; {sys.executable} -c \"{ASKS}\" {listener.port} || printf ' alone' >> $2"

        async def convert(here: Desk) -> None:
            async with here.service.pdf(here.tenant, here.person, document_of(b"text")) as made:
                assert made.path.read_bytes() == (b"text alone" if fenced else b"text")
            assert ("no network" in here.service.sandbox) == fenced
            assert here.service.sandbox.startswith("weak") and AWAY in here.service.sandbox

        at_desk(tmp_path, convert, found=found(script), problem=AWAY)


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        ("head -c 2000000000 /dev/zero > $2", Trouble.TOO_LARGE),
        ("while :; do sleep 9 & done", Trouble.TOO_LARGE),
        ("sleep 7402 & setsid sleep 7402 & wait", Trouble.TOO_LONG),
    ],
    ids=["it fills the disk", "it forks for ever", "it never ends"],
)
def test_a_converter_is_kept_within_its_bounds_and_leaves_nobody_behind(
    tmp_path: Path, script: str, trouble: Trouble
) -> None:
    async def convert(here: Desk) -> None:
        with pytest.raises(NotConverted) as told:
            await here.convert(b"text")
        assert told.value.why is trouble
        await until_gone("7402")

    seconds = 2.0 if trouble is Trouble.TOO_LONG else 60.0
    at_desk(tmp_path, convert, found=found(script), problem=AWAY, seconds=seconds)
