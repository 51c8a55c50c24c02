"""The view between neighbouring releases, and pictures of the icon."""

from __future__ import annotations

import json

import pytest
from tray_rig import held, job, printer, view

from tympan.plugin import BadInput
from tympan_tray._icon import SIZES, pixels
from tympan_tray._standing import Standing
from tympan_tray._view import View, digest, read, told, written

FULL = view(held=(held(1),), jobs=(job(2),), printers=(printer(),))


def test_a_view_comes_back_as_it_was() -> None:
    assert read(written(FULL)) == FULL
    assert digest(written(FULL)) == digest(written(read(written(FULL))))


def test_what_a_newer_agent_says_besides_is_left_out() -> None:
    row = json.loads(written(FULL)) | {"weather": "fine"}
    row["held"][0]["colour"] = "blue"
    assert told(row) == FULL


def test_what_an_older_agent_does_not_say_has_a_default() -> None:
    assert told({"account": "ada"}) == View(account="ada")


@pytest.mark.parametrize("text", ["", "null", "[]", "7", '{"account": "a", "held": 3}', '{"held": []}', "{" * 50])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read(text)


def test_an_icon_has_its_bytes_and_states_differ_in_form() -> None:
    for size in SIZES:
        assert len(pixels(Standing.CONNECTED, size)) == size * size * 4

    def shape(standing: Standing) -> list[int]:
        argb = pixels(standing, 32)
        return [sum(argb[at + 1 : at + 4]) // 3 for at in range(0, len(argb), 4)]  # as somebody without colours sees it

    seen = [Standing.CONNECTED, Standing.NEEDS_YOU, Standing.OFFLINE, Standing.NOT_SIGNED_IN, Standing.AWAY]
    for at, one in enumerate(seen):
        for other in seen[at + 1 :]:
            differing = sum(abs(a - b) > 40 for a, b in zip(shape(one), shape(other), strict=True))
            assert differing > 25, f"{one} looks like {other}"
