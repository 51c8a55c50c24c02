"""Letters that come to be printed: whose they must be, what becomes of them, and what strangers learn."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage
from typing import Any

import attrs
import pytest
from crossing_rig import FAR, Sites, new_sites
from hub_rig import MAIL, PASSWORD, Bench, rows
from letter_rig import attached, letter, pdf, vouched

from tympan_hub.domain.errors import BadInput, NoRoom, NotAllowed, NotConverted, NotFound, Trouble, Unavailable
from tympan_hub.domain.hand_ins import Wanted, Wishes
from tympan_hub.domain.held import Sides
from tympan_hub.domain.ids import SERVICE, PrinterId
from tympan_hub.domain.jobs import Job, JobFilter
from tympan_hub.domain.limits.mail import LETTERS_AT_ONCE
from tympan_hub.domain.mail_addresses import MailPlace
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.domain.policy import MOBILITY_MAIL, Verdict
from tympan_hub.http.portal._letter_words import LINES, LetterWords
from tympan_hub.service import letters
from tympan_hub.service.letters import STRANGER, Delivered, Fate, LetterService
from tympan_wire.sealed import Recipient, Suite

pytestmark = pytest.mark.anyio

TAKEN = Delivered(fate=Fate.TAKEN)
MEANWHILE_S = 0.5
"""That the others of one tenant have to come in, were they let."""


@attrs.define
class Mailbox:
    """``Mail`` that keeps what it was given."""

    sent: list[tuple[str, str, str]] = attrs.field(factory=list)
    is_away: bool = False

    async def send(self, to: str, subject: str, text: str) -> None:
        if self.is_away:
            raise Unavailable("the mail server did not take it")
        self.sent.append((to, subject, text))


@attrs.define
class Place:
    """Somebody with an address, and a printer that an agent prints on."""

    sites: Sites
    ada: Person
    address: str
    mailbox: Mailbox
    letters: LetterService

    async def jobs(self) -> list[Job]:
        found = await self.sites.services.jobs.mine(self.sites.tenant, self.ada, JobFilter())
        return sorted(found.jobs, key=lambda job: job.title)

    async def deliver(self, content: bytes, *others: str) -> tuple[Delivered, ...]:
        return await self.letters.deliver(content, [self.address, *others])


@pytest.fixture
async def place(hub: Bench) -> Place:
    sites = await new_sites(hub)
    for agent in (sites.first, sites.second):
        await sites.beside(agent, key=Recipient.generate(Suite.X25519).public)
    tenant, services = sites.tenant, sites.services
    ada = await services.people.add(
        tenant, CONSOLE, email="ada@acme.example", name="Ada", role=Role.USER, password=PASSWORD
    )
    await services.policy.switch(tenant, sites.admin.actor, MOBILITY_MAIL, Verdict.ON)
    address, _ = await services.mail_addresses.make(tenant, ada, FAR, Wishes(sides=Sides.LONG_EDGE))
    mailbox = Mailbox()
    letters = LetterService(hub.units, services.hand_ins, MAIL, mailbox)
    return Place(sites, ada, address, mailbox, letters)


async def test_a_letter_with_a_pdf_is_a_job_of_its_sender(place: Place) -> None:
    assert await place.deliver(vouched(attached(letter(), ("figures.pdf", pdf())))) == (TAKEN,)
    [job] = await place.jobs()
    assert (job.title, job.person, job.printer, job.agent) == ("figures.pdf", place.ada.id, FAR, None)
    known = await place.sites.services.jobs.get(place.sites.tenant, place.ada, job.id)
    assert known.story[0].what == "Handed in by e-mail"
    assert (await place.sites.take(place.sites.first)).job == job.id


async def test_attachments_are_jobs_in_their_order_and_what_is_written_beside_them_is_none(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = letter()
    made.set_content("Please print these.")
    files = [(f"{name}.pdf", pdf(name)) for name in "cab"]
    order: list[str] = []
    take_plain = place.sites.services.hand_ins.take_plain

    async def noted(tenant: Any, by: Any, job: Any, wanted: Wanted, document: Any) -> Any:
        order.append(wanted.title)
        return await take_plain(tenant, by, job, wanted, document)

    monkeypatch.setattr(place.sites.services.hand_ins, "take_plain", noted)
    assert await place.deliver(vouched(attached(made, *files))) == (TAKEN,)
    assert [job.title for job in await place.jobs()] == ["a.pdf", "b.pdf", "c.pdf"]
    assert order == ["c.pdf", "a.pdf", "b.pdf"]


async def test_a_letter_without_attachments_is_printed_as_it_is_written(place: Place) -> None:
    made = letter(subject="Grüße")
    made.set_content("Hello printer")
    assert await place.deliver(vouched(made)) == (TAKEN,)
    assert [job.title for job in await place.jobs()] == ["Grüße"]


async def test_the_same_letter_brought_again_is_the_same_jobs(place: Place) -> None:
    first = vouched(attached(letter(), ("a.pdf", pdf("a")), ("b.pdf", pdf("b"))))
    again = b"Delivered-To: somebody\r\n" + first
    answers = [await place.deliver(one) for one in (first, again)]
    assert answers == [(TAKEN,), (TAKEN,)]
    assert len(await place.jobs()) == 2
    another = vouched(attached(letter(mark="<2@acme.example>"), ("a.pdf", pdf("a"))))
    assert await place.deliver(another) == (TAKEN,)
    assert len(await place.jobs()) == 3


async def test_a_letter_that_names_an_address_twice_is_printed_once(place: Place) -> None:
    content = vouched(attached(letter(), ("a.pdf", pdf())))
    assert await place.deliver(content, place.address.upper()) == (TAKEN, TAKEN)
    assert len(await place.jobs()) == 1


FORGED: dict[str, EmailMessage | bytes] = {
    "nobody vouches": letter(),
    "another server vouches": vouched(letter(), results="evil.example; dmarc=pass header.from=acme.example"),
    "for another domain": vouched(letter(), domain="evil.example"),
    "it failed": vouched(letter(), results=f"{MAIL.server}; dmarc=fail header.from=acme.example"),
    "below what the sender brought": b"Received: a\r\nReceived: b\r\n" + vouched(letter()),
    "behind a line's end that is one to Python alone": b"X-A: x\r" + vouched(letter()),
    "a colleague": vouched(letter(sender="eve@acme.example")),
    "two senders": b"From: eve@acme.example\r\n" + vouched(letter()),
    "an answer of a machine": b"Auto-Submitted: auto-replied (vacation)\r\n" + vouched(letter()),
}


@pytest.mark.parametrize("how", FORGED)
async def test_a_letter_that_is_not_surely_its_owners_is_refused_as_one_to_nobody(place: Place, how: str) -> None:
    forged = FORGED[how]
    content = forged if isinstance(forged, bytes) else forged.as_bytes()
    to_nobody = MAIL.address("a" * 32)
    assert await place.deliver(content, to_nobody) == (STRANGER, STRANGER)
    assert await place.jobs() == []
    assert place.mailbox.sent == []


async def test_of_two_recipients_each_is_answered_for(place: Place) -> None:
    content = vouched(attached(letter(), ("a.pdf", pdf())))
    others = (MAIL.address("b" * 32), "print+x@print.hub.example", place.address.replace("print.hub", "other"))
    assert await place.deliver(content, *others) == (TAKEN, STRANGER, STRANGER, STRANGER)


async def test_an_address_dies_with_its_person_and_while_they_are_locked_out(place: Place) -> None:
    people, tenant = place.sites.services.people, place.sites.tenant
    content = vouched(attached(letter(), ("a.pdf", pdf())))
    await people.disable(tenant, CONSOLE, place.ada.id)
    assert await place.deliver(content) == (STRANGER,)
    await people.enable(tenant, CONSOLE, place.ada.id)
    assert await place.deliver(content) == (TAKEN,)
    await people.remove(tenant, CONSOLE, place.ada.id)
    assert await place.deliver(content) == (STRANGER,)


async def test_only_the_newest_address_of_a_person_lives_and_none_that_was_revoked(place: Place) -> None:
    addresses, tenant = place.sites.services.mail_addresses, place.sites.tenant
    content = vouched(attached(letter(), ("a.pdf", pdf())))
    newer, _ = await addresses.make(tenant, place.ada, FAR, Wishes())
    assert await place.deliver(content, newer) == (STRANGER, TAKEN)
    await addresses.revoke(tenant, place.ada)
    assert await place.deliver(content, newer) == (STRANGER, STRANGER)
    with pytest.raises(NotFound):
        await addresses.revoke(tenant, place.ada)


async def test_nothing_comes_by_e_mail_unless_policy_has_it_on(place: Place) -> None:
    services, sites = place.sites.services, place.sites
    content = vouched(attached(letter(), ("a.pdf", pdf())))
    await services.policy.switch(sites.tenant, sites.admin.actor, MOBILITY_MAIL, None)
    [answer] = await place.deliver(content)
    assert (answer.fate, "switched off" in answer.text) == (Fate.REFUSED, True)
    with pytest.raises(NotAllowed, match="switched off"):
        await services.mail_addresses.make(sites.tenant, place.ada, FAR, Wishes())
    assert not await services.mail_addresses.is_open(sites.tenant)
    await services.policy.switch(sites.tenant, sites.admin.actor, MOBILITY_MAIL, Verdict.ON)
    await services.policy.switch(SERVICE, CONSOLE, MOBILITY_MAIL, Verdict.OFF)
    [answer] = await place.deliver(content)
    assert answer.fate is Fate.REFUSED
    assert await place.jobs() == []


async def test_what_is_not_printed_of_a_letter_is_told_by_a_letter_after_the_rest_is(place: Place) -> None:
    content = vouched(attached(letter(), ("a.pdf", pdf()), ("odd.bin", b"\0\1\2" * 99), ("b.pdf", pdf("b"))))
    assert await place.deliver(content) == (TAKEN,)
    assert [job.title for job in await place.jobs()] == ["a.pdf", "b.pdf"]
    [(to, subject, text)] = place.mailbox.sent
    assert (to, subject) == ("ada@acme.example", "Not all was printed: Figures")
    assert "- odd.bin: " in text
    assert "- a.pdf" in text
    assert place.address.partition("@")[0] not in text


@pytest.mark.parametrize(
    ("headers", "subject"),
    [
        ({"Accept-Language": "fr, de-CH;q=0.8, en;q=0.1"}, "Nicht alles wurde gedruckt: Figures"),
        ({"Content-Language": "de-DE"}, "Nicht alles wurde gedruckt: Figures"),
        ({"Accept-Language": "en-GB", "Content-Language": "de-DE"}, "Not all was printed: Figures"),
    ],
)
async def test_what_was_not_printed_is_told_in_the_language_that_the_letter_prefers(
    place: Place, headers: dict[str, str], subject: str
) -> None:
    place.letters = LetterService(
        place.sites.hub.units, place.sites.services.hand_ins, MAIL, place.mailbox, LetterWords()
    )
    made = attached(letter(), ("a.pdf", pdf()), ("odd.bin", b"\0\1\2" * 99))
    for name, value in headers.items():
        made[name] = value
    assert await place.deliver(vouched(made)) == (TAKEN,)
    [(_, told, text)] = place.mailbox.sent
    assert told == subject
    assert ("nicht gedruckt" in text, "was not printed" in text) == (told[0:5] == "Nicht", told[0:3] == "Not")


def test_each_line_of_such_a_letter_has_its_german() -> None:
    words = LetterWords()
    lines = (letters._SUBJECT, letters._NOT_PRINTED, letters._PRINTED)
    assert set(lines) == set(LINES)
    for line in lines:
        assert words.text("de", line, subject="x") != words.text("en", line, subject="x") == line % {"subject": "x"}
    gone = letters._why(NotFound("no such printer"))
    for error in (gone, letters._after_a_long_one(), BadInput("it is damaged", next_step="Send it again.")):
        assert words.sentence("en", error) == error.sentence
        assert words.sentence("de", error) not in (error.sentence, "")
        assert "verstanden" not in words.sentence("de", error), "its own words, and not those of its kind"


@pytest.mark.parametrize("without", ["a mail server", "an answer of it"])
async def test_what_is_not_printed_is_told_by_the_operators_server_where_the_hub_cannot_write(
    place: Place, without: str
) -> None:
    place.mailbox.is_away = True
    if without == "a mail server":
        hand_ins = place.sites.services.hand_ins
        place.letters = LetterService(place.sites.hub.units, hand_ins, MAIL, None)
    content = vouched(attached(letter(), ("a.pdf", pdf()), ("odd.bin", b"\0\1\2" * 99)))
    [answer] = await place.deliver(content)
    assert answer.fate is Fate.REFUSED
    assert answer.text.startswith("1 of 2 documents are printed, the others not. odd.bin: ")


async def test_a_letter_of_which_nothing_can_be_printed_is_refused_with_its_reason(place: Place) -> None:
    damaged = vouched(
        letter().as_bytes()[:-2] + b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nA"
    )
    for content, why in (
        (vouched(letter()), "nothing in the letter to print"),
        (vouched(attached(letter(), ("odd.bin", b"\0" * 99))), "odd.bin: "),
        (damaged, "it is damaged"),
    ):
        [answer] = await place.deliver(content)
        assert answer.fate is Fate.REFUSED
        assert why in answer.text
    assert place.mailbox.sent == []
    assert await place.jobs() == []


async def test_what_may_be_printed_later_is_brought_again_and_nothing_of_it_is_printed_twice(place: Place) -> None:
    sites, services = place.sites, place.sites.services
    content = vouched(attached(letter(), ("a.pdf", pdf())))
    for agent in (sites.first, sites.second):
        await services.agents.revoke(sites.tenant, sites.admin.actor, agent.id)
    [answer] = await place.deliver(content)
    assert (answer.fate, answer.text.startswith("no computer prints there now")) == (Fate.LATER, True)
    newer = await sites.hub.agent(sites.tenant, "newer")
    await sites.beside(newer, key=Recipient.generate(Suite.X25519).public)
    assert await place.deliver(content) == (TAKEN,)
    assert len(await place.jobs()) == 1


async def test_what_was_refused_of_a_letter_that_is_brought_again_meets_no_converter_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    room = False

    async def take(tenant: Any, by: Any, job: Any, wanted: Wanted, document: Any) -> None:
        tried.append(wanted.title)
        if wanted.title.startswith("bad"):
            raise NotConverted("it is damaged", why=Trouble.BROKEN)
        if not room:
            raise NoRoom("too much waits")

    monkeypatch.setattr(place.sites.services.hand_ins, "take_plain", take)
    content = vouched(attached(letter(), ("bad.pdf", pdf("a")), ("good.pdf", pdf("b"))))
    assert [(await place.deliver(content))[0].fate for _ in range(3)] == [Fate.LATER] * 3
    assert tried == ["bad.pdf", "good.pdf", "good.pdf", "good.pdf"]
    room = True
    assert await place.deliver(content) == (TAKEN,)
    [(_, _, told)] = place.mailbox.sent
    assert "- bad.pdf: it is damaged" in told
    tried.clear()
    await place.deliver(content)
    assert tried == ["bad.pdf", "good.pdf"], "who sends it again wants it tried again"


async def test_a_printer_that_is_gone_is_told_its_sender_and_another_one_can_be_chosen(place: Place) -> None:
    sites, services = place.sites, place.sites.services
    other = await sites.another_printer("Near", sites.first)
    await services.printers.remove(sites.tenant, sites.admin.actor, FAR)
    content = vouched(attached(letter(), ("a.pdf", pdf())))
    [answer] = await place.deliver(content)
    assert (answer.fate, "the printer of your address is gone" in answer.text) == (Fate.REFUSED, True)
    await services.mail_addresses.aim(sites.tenant, place.ada, other, Wishes(copies=2))
    assert await place.deliver(content) == (TAKEN,)
    assert [job.printer for job in await place.jobs()] == [other]


async def test_an_address_is_for_printers_of_its_person_alone(place: Place) -> None:
    addresses, tenant = place.sites.services.mail_addresses, place.sites.tenant
    for deed in (addresses.make, addresses.aim):
        with pytest.raises(NotFound):
            await deed(tenant, place.ada, PrinterId("no-such"), Wishes())
    other = await place.sites.hub.tenant("Other")
    eve = await place.sites.hub.person(other)
    for deed in (addresses.make, addresses.aim):
        with pytest.raises(NotAllowed):
            await deed(tenant, eve, FAR, Wishes())


async def test_nothing_the_hub_keeps_tells_an_address(place: Place) -> None:
    secret = MAIL.secret_of(place.address)
    kept: Any = await place.sites.services.mail_addresses.mine(place.sites.tenant, place.ada)
    assert (len(secret), kept.shown) == (32, secret[:4])
    kept_rows = str(await rows(place.sites.hub, place.sites.tenant))
    assert secret not in kept_rows
    assert kept.hash in kept_rows


async def test_a_hub_without_a_mail_door_takes_none_and_makes_no_address(place: Place) -> None:
    letters = LetterService(place.sites.hub.units, place.sites.services.hand_ins, None, None)
    assert not letters.may_be(place.address)
    assert await letters.deliver(vouched(letter()), [place.address]) == (STRANGER,)


def test_an_address_is_known_in_whatever_case_and_at_its_domain_alone() -> None:
    at = MailPlace(domain="Print.Example.", server="mx.example")
    secret = "a2" * 16
    assert at.address(secret) == f"print+{secret}@print.example"
    assert at.secret_of(at.address(secret).upper()) == secret
    for other in (secret, f"{secret}@print.example", f"print+{secret}@evil.example", f"print+{secret}x@print.example"):
        assert at.secret_of(other) == ""


async def test_after_a_document_that_takes_too_long_the_rest_of_the_letter_is_not_tried(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    async def slow(tenant: Any, by: Any, job: Any, wanted: Wanted, document: Any) -> Any:
        tried.append(wanted.title)
        raise NotConverted("it takes too long", why=Trouble.TOO_LONG)

    monkeypatch.setattr(place.sites.services.hand_ins, "take_plain", slow)
    files = [(f"{name}.pdf", pdf(name)) for name in "ab"]
    [answer] = await place.deliver(vouched(attached(letter(), *files)))
    assert tried == ["a.pdf"]
    assert answer.fate is Fate.REFUSED
    assert "b.pdf: a document before it took too long" in answer.text


async def test_attack_letters_of_one_tenant_that_take_long_keep_none_of_another_waiting(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, services = place.sites.hub, place.sites.services
    other = await hub.tenant("Other")
    bob = await hub.person(other, email="bob@other.example")
    await services.policy.switch(other, bob.actor, MOBILITY_MAIL, Verdict.ON)
    printer = await services.printers.add(other, bob.actor, name="Near", uri="ipp://near.example/ipp/print")
    to_bob, _ = await services.mail_addresses.make(other, bob, PrinterId(printer.id), Wishes())
    are_long, go_on = asyncio.Event(), asyncio.Event()

    async def take(tenant: Any, by: Any, job: Any, wanted: Wanted, document: Any) -> None:
        if tenant == place.sites.tenant:
            are_long.set()
            await go_on.wait()

    monkeypatch.setattr(services.hand_ins, "take_plain", take)
    own = vouched(attached(letter(), ("a.pdf", pdf())))
    his = vouched(attached(letter("bob@other.example"), ("b.pdf", pdf())), domain="other.example")
    async with asyncio.timeout(60), asyncio.TaskGroup() as sending:
        long = [sending.create_task(place.deliver(own)) for _ in range(LETTERS_AT_ONCE)]
        await are_long.wait()
        await asyncio.wait(long, timeout=MEANWHILE_S)
        assert await place.letters.deliver(his, [to_bob]) == (TAKEN,)
        assert not any(one.done() for one in long)
        go_on.set()
    assert {one.result() for one in long} == {(TAKEN,)}
