"""Sign-ins over the link: codes, tokens that rotate, what survives a lost answer and a restart; and the certificate."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import attrs
import pytest
import trio
from https_hub import FakeHub, hub_on_loopback

from tympan.plugin import LoginStanding, NotFound
from tympan.testing import FakeHost, SignInSuite
from tympan_transport_https._errors import AlreadyEnrolled, HubAway, NotEnrolled
from tympan_transport_https._keeper import Keeper
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._membership import HubMembership
from tympan_transport_https._sign_ins import HubSignIns
from tympan_wire.hub import Grant

pytestmark = pytest.mark.anyio


@attrs.define
class Stage:
    """A hub, and the parts of the plugin; ``again`` is a restart."""

    hub: FakeHub
    address: str
    host: FakeHost
    membership: HubMembership = attrs.field(factory=HubMembership)
    link: HttpsLink = attrs.field(init=False)
    sign_ins: HubSignIns = attrs.field(init=False)

    async def again(self) -> None:
        await self.membership.close()
        self.membership = HubMembership()
        await self.open()

    async def open(self) -> None:
        self.link = HttpsLink(self.membership)
        self.sign_ins = HubSignIns(self.membership, self.link)
        await self.membership.open(self.host)
        await self.sign_ins.open(self.host)
        self.learn()

    async def signed_in(self) -> None:
        """Enrolled, and ada signed in."""
        await self.membership.join(self.address, "once")
        code = await self.sign_ins.begin("", "ada")
        self.hub.grant = Grant.GRANTED
        assert await self.sign_ins.ask(code.id) is LoginStanding.SIGNED_IN

    async def later(self, days: float) -> None:
        """Time passes, by the hub's clock, which the agent has learnt from an answer."""
        await trio.lowlevel.checkpoint()
        self.hub.clock_s += days * 86400
        self.learn()

    def learn(self) -> None:
        """As from the Date header of an answer."""
        self.membership.calls.look_at_clock(self.hub.now().strftime("%a, %d %b %Y %H:%M:%S GMT"))


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    hub = FakeHub()
    async with hub_on_loopback(hub) as address:
        made = Stage(hub, address, FakeHost("transport_https"))
        await made.open()
        try:
            yield made
        finally:
            await made.membership.close()


class TestHubSignIns(SignInSuite):
    @pytest.fixture
    async def parts(self) -> AsyncIterator[Stage]:
        async with stage() as made:
            await made.membership.join(made.address, "once")
            yield made

    @pytest.fixture
    def sign_in(self, parts: Stage) -> HubSignIns:
        return parts.sign_ins

    @pytest.fixture
    def address(self) -> str:
        return ""

    @pytest.fixture
    def approve(self, parts: Stage) -> Callable[[], Awaitable[None]]:
        async def approve() -> None:
            await trio.lowlevel.checkpoint()
            parts.hub.grant = Grant.GRANTED

        return approve


async def test_one_code_lets_the_machine_in_and_the_person() -> None:
    async with stage() as made:
        with pytest.raises(NotEnrolled):
            await made.sign_ins.begin("", "ada")
        code = await made.sign_ins.begin(made.address, "ada")
        assert code.enrols
        for grant, standing in ((Grant.PENDING, "pending"), (Grant.SLOW_DOWN, "slower")):
            made.hub.grant = grant
            assert await made.sign_ins.ask(code.id) == standing
        made.hub.grant = Grant.GRANTED
        assert await made.sign_ins.ask(code.id) is LoginStanding.SIGNED_IN
        assert made.membership.member is not None
        with pytest.raises(AlreadyEnrolled):
            await made.sign_ins.begin("https://other.example", "ada")


@pytest.mark.parametrize(("grant", "standing"), [(Grant.DENIED, "denied"), (Grant.EXPIRED, "expired")])
async def test_a_code_that_came_to_nothing_is_forgotten(grant: Grant, standing: str) -> None:
    async with stage() as made:
        code = await made.sign_ins.begin(made.address, "ada")
        made.hub.grant = grant
        assert await made.sign_ins.ask(code.id) == standing
        with pytest.raises(NotFound):
            await made.sign_ins.ask(code.id)
        assert made.membership.member is None


async def test_tokens_rotate_daily_and_survive_a_lost_answer_and_a_restart() -> None:
    async with stage() as made:
        await made.signed_in()
        await made.sign_ins.refresh()
        assert made.hub.refreshed == [], "nothing is due yet"
        await made.later(days=1.1)
        made.hub.forgetful["sign-in-refresh"] = 1
        with pytest.raises(HubAway):
            await made.sign_ins.refresh()
        await made.again()
        await made.sign_ins.refresh()
        first, second = made.hub.refreshed
        assert first == second, "the same pair: a lost answer is no theft"
        await made.sign_ins.refresh()
        assert len(made.hub.refreshed) == 2
        await made.later(days=1.1)
        await made.sign_ins.refresh()
        assert made.hub.refreshed[-1].refresh_token == first.next


async def test_attack_a_stolen_token_that_was_used_ends_it_here_too() -> None:
    async with stage() as made:
        await made.signed_in()
        made.hub.refresh_token = "the thief was first"
        await made.later(days=1.1)
        await made.sign_ins.refresh()
        assert len(made.hub.refreshed) == 1
        await made.sign_ins.refresh()
        assert len(made.hub.refreshed) == 1, "nobody is signed in any more"


async def test_a_certificate_is_renewed_before_it_ends() -> None:
    async with stage() as made:
        await made.membership.join(made.address, "once")
        keeper = Keeper(made.membership, made.link, made.sign_ins)
        first = made.membership.standing.enrolment.enrolled.certificate
        for days, asked in ((199, 0), (2, 1), (0, 1)):
            await made.later(days=days)
            await keeper.look()
            assert made.hub.asked.count("renew") == asked
        renewed = made.membership.standing.enrolment.enrolled.certificate
        assert renewed != first
        await made.again()
        assert made.membership.standing.enrolment.enrolled.certificate == renewed
        assert made.hub.certificate_age == dt.timedelta()
