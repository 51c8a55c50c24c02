"""Turns of converters: bounded, fair among tenants, and none is lost."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from tympan_hub.domain.errors import NoRoom
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.conversions import WAITING, WAITING_PER_TENANT
from tympan_hub.service.turns import Turns

pytestmark = pytest.mark.anyio
MANY, FEW = TenantId("many"), TenantId("few")


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def hold(turns: Turns, tenant: TenantId, began: list[TenantId], end: asyncio.Event) -> None:
    async with turns.turn(tenant):
        began.append(tenant)
        await end.wait()


async def test_one_tenant_has_its_share_and_the_next_one_the_rest() -> None:
    turns, end = Turns(at_once=3, per_tenant=2), asyncio.Event()
    began: list[TenantId] = []
    tasks = [asyncio.create_task(hold(turns, MANY, began, end)) for _ in range(5)]
    await settled()
    assert began == [MANY, MANY]
    tasks.append(asyncio.create_task(hold(turns, FEW, began, end)))
    await settled()
    assert began == [MANY, MANY, FEW]
    end.set()
    await asyncio.gather(*tasks)
    assert began.count(MANY) == 5


async def test_tenants_go_by_turns_however_much_one_of_them_brings() -> None:
    turns, end = Turns(at_once=1, per_tenant=1), asyncio.Event()
    began: list[TenantId] = []
    tasks = [asyncio.create_task(hold(turns, MANY, began, end)) for _ in range(4)]
    await settled()
    tasks += [asyncio.create_task(hold(turns, FEW, began, end)) for _ in range(2)]
    await settled()
    end.set()
    await asyncio.gather(*tasks)
    assert began == [MANY, MANY, FEW, MANY, FEW, MANY]


async def test_a_wait_has_an_end_and_takes_no_turn_with_it() -> None:
    turns = Turns(at_once=1, per_tenant=1, wait_s=0.05)
    async with turns.turn(MANY):
        with pytest.raises(NoRoom):
            async with turns.turn(FEW):
                pass
    async with turns.turn(FEW):
        pass


async def test_who_goes_away_while_waiting_takes_no_turn_with_them() -> None:
    turns, end = Turns(at_once=1, per_tenant=1), asyncio.Event()
    began: list[TenantId] = []
    first, second, third = (asyncio.create_task(hold(turns, tenant, began, end)) for tenant in (MANY, FEW, MANY))
    await settled()
    second.cancel()
    first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    await settled()
    assert began == [MANY, MANY]
    end.set()
    await third


async def test_a_turn_that_ends_in_an_error_goes_on() -> None:
    turns = Turns(at_once=1, per_tenant=1)
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"):
            async with turns.turn(MANY):
                raise ValueError("broken")


async def test_no_more_documents_wait_than_may() -> None:
    turns = Turns()
    with ExitStack() as places:
        for _ in range(WAITING_PER_TENANT):
            places.enter_context(turns.place(MANY))
        with pytest.raises(NoRoom), turns.place(MANY):
            pass
        for number in range(WAITING - WAITING_PER_TENANT):
            places.enter_context(turns.place(TenantId(f"other-{number}")))
        with pytest.raises(NoRoom), turns.place(FEW):
            pass
    with turns.place(MANY):
        pass
