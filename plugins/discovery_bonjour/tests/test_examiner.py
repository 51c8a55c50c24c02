"""What is found of Bonjour: whether questions go out, and whether anybody is in view."""

from __future__ import annotations

import errno
import os
import sys

import attrs
import pytest
import trio
from bonjour_stage import LOOPBACK, QUICK, discovering, street

from tympan.plugin import Health
from tympan.testing import ExaminerSuite
from tympan_discovery_bonjour import _examiner
from tympan_discovery_bonjour._discoverer import Bonjour
from tympan_discovery_bonjour._examiner import BonjourExaminer

pytestmark = pytest.mark.anyio


def refusing(number: int) -> BonjourExaminer:
    def ask(link: str) -> None:
        raise OSError(number, os.strerror(number))

    return BonjourExaminer(Bonjour(QUICK), ask)


class TestBonjourExaminer(ExaminerSuite):
    @pytest.fixture
    def examiner(self) -> BonjourExaminer:
        return BonjourExaminer(Bonjour(QUICK))


async def test_a_question_goes_out_on_every_link_and_devices_in_view_are_counted() -> None:
    async with street() as outside, discovering() as bonjour:
        await outside.announce(outside.info("_ipp._tcp", "Front", host="front"))
        with trio.fail_after(30):
            while not outside.mine(tuple(await bonjour.sightings())):
                await bonjour.wait_changed()
        links, view = await BonjourExaminer(bonjour).examine()
    assert (links.health, links.found) == (Health.OK, "questions go out on 1 of 1 links")
    assert view.health is Health.OK and "announce themselves" in view.found


@pytest.mark.parametrize("number", [errno.EPERM, errno.EACCES, errno.EHOSTUNREACH])
async def test_a_system_that_forbids_it_is_named_with_where_to_allow_it(number: int) -> None:
    [told] = await refusing(number).examine()
    assert told.health is Health.PROBLEM and "does not let this program ask" in told.found
    assert "5353" in told.then


async def test_on_macos_the_switch_for_the_local_network_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    [told] = await refusing(errno.EHOSTUNREACH).examine()
    assert "Local Network" in told.then


async def test_a_network_that_is_down_is_no_question_of_permission() -> None:
    [told] = await refusing(errno.ENETDOWN).examine()
    assert told.health is Health.PROBLEM and "no question goes out" in told.found


async def test_a_computer_on_no_link_is_told_and_no_problem() -> None:
    [told] = await BonjourExaminer(Bonjour(attrs.evolve(QUICK, interfaces=("nowhere0",)))).examine()
    assert told.health is Health.NOTE and "on no link" in told.found


async def test_a_port_that_another_program_holds_alone_is_a_problem() -> None:
    bonjour = Bonjour(QUICK)
    bonjour.listens("UDP 5353 cannot be opened: Address already in use")
    told = (await BonjourExaminer(bonjour).examine())[-1]
    assert told.health is Health.PROBLEM and "holds UDP 5353" in told.then


def test_the_question_is_sent_on_loopback_too() -> None:
    _examiner._asked(LOOPBACK)
