"""Letters of a real mail session become jobs at a served hub, and forgers, bombs and strangers get nowhere."""

from __future__ import annotations

import asyncio
import smtplib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from hub_rig import MAIL, PASSWORD, AgentKey, RemoteAgent, report
from letter_rig import attached, letter, pdf, vouched
from portal_rig import served

from tympan_hub.adapters.clock import SystemClock
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.hand_ins import Wishes
from tympan_hub.domain.ids import SERVICE, PrinterId
from tympan_hub.domain.limits.mail import LETTER_BYTES
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import MOBILITY_MAIL, TUNNEL_RECEIVE, TUNNEL_SEND, Verdict
from tympan_wire.hub import DeviceReport, Operation, TunnelRequest
from tympan_wire.sealed import Recipient, Suite

pytestmark = pytest.mark.system
WAIT_S = 60.0
SAID = "tympan-hub takes letters on "
LOBBY = PrinterId("lobby")
NOBODY = MAIL.address("a" * 32)
OK = 250


@attrs.define
class Way:
    """A served hub with a mail door, Ada's address, and an agent beside her printer."""

    url: str
    port: int
    address: str
    agent: RemoteAgent

    def send(self, content: bytes, *recipients: str, sender: str = "ada@acme.example") -> dict[str, tuple[int, str]]:
        """Brings a letter as a mail server does; the answer for each recipient."""
        with smtplib.LMTP("127.0.0.1", self.port, timeout=WAIT_S) as client:
            client.ehlo_or_helo_if_needed()
            client.mail(sender)
            told = {one: client.rcpt(one) for one in recipients or (self.address,)}
            taken = [one for one, (code, _) in told.items() if code == OK]
            if taken:
                client.putcmd("data")
                assert client.getreply()[0] == 354
                client.send(smtplib._quote_periods(content) + b"\r\n.\r\n")  # type: ignore[attr-defined]
                told |= {one: client.getreply() for one in taken}
        return {one: (code, text.decode()) for one, (code, text) in told.items()}

    async def _orders(self) -> list[Any]:
        async with httpx.AsyncClient(base_url=self.url, timeout=WAIT_S) as client:
            self.agent.client = client
            await self.agent.renew()
            return list((await self.agent.ask(Operation.TUNNEL, TunnelRequest(held=(), room=50))).orders)

    def jobs(self) -> int:
        """How many documents the agent is given that it was not given before."""
        return len(asyncio.run(self._orders()))


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    home = tmp_path_factory.mktemp("mail") / "hub"
    address, token = asyncio.run(_prepared(home))
    at = ("--lmtp", "127.0.0.1:0", "--mail-domain", MAIL.domain, "--authserv-id", MAIL.server)
    with served(home, *at) as running:
        agent = asyncio.run(_beside(running.url, token))
        yield Way(running.url, _port(home.parent / "hub.log"), address, agent)


async def _prepared(home: Path) -> tuple[str, str]:
    async with hub(Home(home), mail_place=MAIL) as services:
        tenant = (await services.tenants.add(CONSOLE, "Acme")).id
        ada = await services.people.add(
            tenant, CONSOLE, email="ada@acme.example", name="Ada", role=Role.USER, password=PASSWORD
        )
        for key in (TUNNEL_SEND, TUNNEL_RECEIVE, MOBILITY_MAIL):
            await services.policy.switch(SERVICE, CONSOLE, key, Verdict.ON)
        boss = await services.people.add(
            tenant, CONSOLE, email="bob@acme.example", name="Bob", role=Role.ADMINISTRATOR, password=PASSWORD
        )
        await services.policy.switch(tenant, boss.actor, "agent.require-sign-in", Verdict.OFF)
        await services.printers.add(tenant, boss.actor, name="Lobby", uri="ipp://lobby.example/ipp/print")
        address, _ = await services.mail_addresses.make(tenant, ada, LOBBY, Wishes())
        return address, await services.agents.make_token(tenant, CONSOLE)


async def _beside(url: str, token: str) -> RemoteAgent:
    async with httpx.AsyncClient(base_url=url, timeout=WAIT_S) as client:
        clock = SystemClock()
        agent = RemoteAgent(client, clock, AgentKey.new())
        await agent.enrol(token)
        await agent.renew()
        await agent.rekey(Recipient.generate(Suite.X25519).public)
        await agent.report(report(DeviceReport(printer=LOBBY, reachable=True, observed_at=clock.now())))
        return agent


def _port(log: Path) -> int:
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        lines = [line for line in log.read_text().splitlines() if line.startswith(SAID)]
        if lines:
            return int(lines[0].rpartition(":")[2])
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def test_a_pdf_and_a_text_arrive_as_jobs_once_however_often_they_are_brought(way: Way) -> None:
    with_pdf = vouched(attached(letter(mark="<pdf@acme.example>"), ("figures.pdf", pdf("figures"))))
    written = letter(mark="<text@acme.example>")
    written.set_content("Hello printer.\r\n.hidden dot\r\n")
    for content in (with_pdf, vouched(written), with_pdf):
        code, said = way.send(content)[way.address]
        assert code == OK, said
    assert way.jobs() == 2


def test_each_recipient_is_answered_for_and_a_stranger_learns_nothing(way: Way) -> None:
    content = vouched(attached(letter(mark="<two@acme.example>"), ("a.pdf", pdf("two"))))
    before = way.jobs()
    told = way.send(content, way.address, NOBODY, "print+x@print.hub.example", "ada@acme.example")
    assert [code for code, _ in told.values()] == [OK, 550, 550, 550]
    forged = attached(letter(mark="<forged@acme.example>"), ("a.pdf", pdf("forged"))).as_bytes()
    answers = {way.send(forged, address)[address] for address in (way.address, NOBODY)}
    assert answers == {told[NOBODY]}
    bounced = way.send(vouched(letter(mark="<bounce@acme.example>")), sender="")
    assert bounced[way.address] == told[NOBODY]
    assert way.jobs() == before + 1


@pytest.mark.parametrize(("name", "content"), [("picture.png", b"MZ\0\0" * 100), ("broken.pdf", b"%PDF-1.7 broken")])
def test_what_is_not_what_it_is_called_is_refused_with_its_reason(way: Way, name: str, content: bytes) -> None:
    before = way.jobs()
    code, said = way.send(vouched(attached(letter(mark=f"<{name}>"), (name, content))))[way.address]
    assert code == 550
    assert said.startswith(f"5.7.1 {name}: ")
    assert way.jobs() == before


def test_a_bomb_of_parts_and_a_letter_too_large_are_refused_and_the_next_one_is_taken(way: Way) -> None:
    before, deep = way.jobs(), letter(mark="<deep@acme.example>").as_bytes().removesuffix(b"\r\n")
    for number in range(3000):
        deep += f'Content-Type: multipart/mixed; boundary="{number}"\r\n\r\n--{number}\r\n'.encode()
    code, said = way.send(vouched(deep))[way.address]
    assert (code, "too many parts" in said) == (550, True)
    large = vouched(letter(mark="<large@acme.example>")) + b"x" * 900 + b"\r\n" * (LETTER_BYTES // 2)
    told = way.send(large, way.address, NOBODY)
    assert [code for code, _ in told.values()] == [552, 552]
    code, _ = way.send(vouched(attached(letter(mark="<next@acme.example>"), ("a.pdf", pdf("next")))))[way.address]
    assert code == OK
    assert way.jobs() == before + 1
