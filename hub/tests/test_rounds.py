"""What the hub does again and again: nothing that is slow or broken keeps it from the rest."""

from __future__ import annotations

import asyncio

import attrs
import pytest
from hub_rig import Bench

from tympan_hub.cli import rounds
from tympan_hub.cli.rounds import Round, going

pytestmark = pytest.mark.anyio
WAIT_S = 20.0


@attrs.define
class Work:
    """Done again and again; the first one breaks or never ends."""

    breaks: bool = False
    begun: int = 0
    many: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def do(self) -> None:
        self.begun += 1
        if self.begun > 3:
            self.many.set()
        elif self.breaks:
            raise ZeroDivisionError
        else:
            await asyncio.Event().wait()


@pytest.mark.parametrize("breaks", [True, False], ids=["breaks", "never-ends"])
async def test_a_round_that_fails_or_hangs_is_followed_by_the_next(
    hub: Bench, monkeypatch: pytest.MonkeyPatch, breaks: bool
) -> None:
    work = Work(breaks=breaks)
    each = Round(name="deliveries", do=work.do, every_s=0.0, overlaps=not breaks)
    monkeypatch.setattr(rounds, "rounds", lambda services, *, shared: (each,))
    async with asyncio.timeout(WAIT_S), going(hub.services, hub.meter, shared=False):
        await work.many.wait()


async def test_the_round_of_deliveries_is_one_of_those_that_overlap(hub: Bench) -> None:
    assert [each.name for each in rounds.rounds(hub.services, shared=True) if each.overlaps] == ["deliveries"]
