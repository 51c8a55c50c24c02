"""Letters that come to be printed: whose they are, and what of them becomes a job.

- A letter is taken only of the person whose address it came to, and only where the operator's mail server vouches for
  who sent it. All others hear the same, whether there is such an address or not.
- The same letter again is the same jobs, so a mail server may bring it as often as it needs to.
- Tenants take turns: a letter that waits too long for one is brought again.
- Nothing gets lost silently: what may be taken later is brought again, and what is not printed is told its sender.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from enum import Enum
from typing import Final

from attrs import field, frozen

from tympan_hub.domain.errors import BadInput, Conflict, HubError, NoRoom, NotConverted, NotFound, Trouble, Unavailable
from tympan_hub.domain.hand_ins import Via, Wanted
from tympan_hub.domain.ids import JobId, TenantId, hash_of
from tympan_hub.domain.letters import Enclosed, Letter, headers_of, is_answer, letter_of
from tympan_hub.domain.limits.hand_ins import TITLE_CHARS
from tympan_hub.domain.limits.mail import LETTERS_AT_ONCE, LETTERS_PER_TENANT, REFUSALS_KEPT
from tympan_hub.domain.mail_addresses import MailAddress, MailPlace
from tympan_hub.domain.mail_senders import sender_of, vouched_for
from tympan_hub.domain.people import Person
from tympan_hub.ports import Mail, Units
from tympan_hub.ports.mail import English, Words
from tympan_hub.service.conversions import Document
from tympan_hub.service.hand_ins import HandInService
from tympan_hub.service.mail_addresses import mail_on
from tympan_hub.service.turns import Turns

_SUBJECT: Final = "Not all was printed: %(subject)s"
_NOT_PRINTED: Final = "Of your letter “%(subject)s” this was not printed:"
_PRINTED: Final = "This is on its way to the printer:"


class Fate(Enum):
    """What became of a letter at one address."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"


@frozen(kw_only=True)
class Delivered:
    """What a mail server is told of a letter at one address.

    Attributes:
        fate: What became of it.
        text: Why, for its sender; "" where it was taken.
    """

    fate: Fate
    text: str = ""


STRANGER: Final = Delivered(fate=Fate.REFUSED, text="there is no such address, or it takes no letters from this sender")
"""The one answer for all that is not a person's own letter to their own address."""


def _after_a_long_one() -> HubError:
    """Else a letter of such documents takes longer than a mail server waits, and is brought, and tried, for days."""
    return BadInput("a document before it took too long", next_step="Send this one by itself.")


@frozen(kw_only=True)
class _Owner:
    """Whose an address is, who wrote to it."""

    tenant: TenantId
    person: Person
    address: MailAddress
    is_on: bool


@frozen(kw_only=True)
class _Refused:
    name: str
    why: HubError


@frozen(kw_only=True)
class _Printed:
    """What became of the documents of a letter."""

    names: Sequence[str] = field(factory=list)
    refused: Sequence[_Refused] = field(factory=list)


class _Refusals:
    """What is refused of letters that have to be brought again, so that no converter meets it a second time."""

    def __init__(self) -> None:
        self._why: OrderedDict[JobId, HubError] = OrderedDict()

    def get(self, job: JobId) -> HubError | None:
        """Why a document was refused; None where it was not."""
        return self._why.get(job)

    def keep(self, job: JobId, error: HubError) -> None:
        """A document was refused: where its own bytes are the reason, it is refused again."""
        if isinstance(error, NotConverted) and error.why is not Trouble.AWAY:
            self._why[job] = error
            while len(self._why) > REFUSALS_KEPT:
                self._why.popitem(last=False)

    def forget(self, jobs: Iterable[JobId]) -> None:
        """Their letter is answered for: who sends it again wants it tried again."""
        for job in jobs:
            self._why.pop(job, None)


class LetterService:
    """Takes letters.

    Args:
        units: Of work.
        hand_ins: What takes their documents.
        place: For which letters the hub is there; None for none.
        mail: By which a sender hears what was not printed of a letter; None where the mail server must tell them.
        words: In which the hub writes that; what the mail server tells is English.
    """

    def __init__(
        self,
        units: Units,
        hand_ins: HandInService,
        place: MailPlace | None,
        mail: Mail | None,
        words: Words | None = None,
    ) -> None:
        self._units = units
        self._hand_ins = hand_ins
        self._place = place
        self._mail = mail
        self._words = words or English()
        self._turns = Turns(LETTERS_AT_ONCE, LETTERS_PER_TENANT)
        self._refusals = _Refusals()

    def may_be(self, recipient: str) -> bool:
        """Whether an address can be one of ours; whether there is one is told nobody."""
        return self._place is not None and bool(self._place.secret_of(recipient))

    async def deliver(self, content: bytes, recipients: Sequence[str]) -> tuple[Delivered, ...]:
        """Takes a letter as it came from the operator's mail server; answers for each recipient, in their order.

        Raises:
            Unavailable: Storage does not answer now; some of it may have been taken, and is known when it comes again.
        """
        headers = await asyncio.to_thread(headers_of, content)
        place, sender = self._place, sender_of(headers)
        if place is None or is_answer(headers):
            return (STRANGER,) * len(recipients)
        if not await asyncio.to_thread(vouched_for, headers, server=place.server):
            return (STRANGER,) * len(recipients)
        owners = [await self._owner(place.secret_of(one), sender) for one in recipients]
        return tuple([STRANGER if owner is None else await self._in_turn(owner, content) for owner in owners])

    async def _in_turn(self, owner: _Owner, content: bytes) -> Delivered:
        try:
            async with self._turns.turn(owner.tenant):
                return await self._take(owner, await asyncio.to_thread(letter_of, content))
        except BadInput as error:
            return Delivered(fate=Fate.REFUSED, text=error.sentence)
        except NoRoom:
            return Delivered(fate=Fate.LATER, text="as many letters as may are taken at this moment")

    async def _owner(self, secret: str, sender: str) -> _Owner | None:
        """Whose address it is, if theirs is the letter."""
        if not secret:
            return None
        hashed = hash_of(secret)
        async with self._units.reading() as unit:
            tenant = await unit.directory.of_mail_address(hashed)
            address = None if tenant is None else await unit.mail_addresses.by_hash(tenant, hashed)
            person = None if address is None else await unit.people.get(address.tenant, address.person)
            if address is None or person is None or person.disabled_at is not None or person.email != sender:
                return None
            on = await mail_on(unit, address.tenant)
            return _Owner(tenant=address.tenant, person=person, address=address, is_on=on)

    async def _take(self, owner: _Owner, letter: Letter) -> Delivered:
        if not owner.is_on:
            return Delivered(fate=Fate.REFUSED, text="printing by e-mail is switched off. Ask an administrator.")
        names: list[str] = []
        refused: list[_Refused] = []
        took_too_long = False
        jobs = [document.job(owner.address.id, letter.id, place) for place, document in enumerate(letter.documents)]
        for job, document in zip(jobs, letter.documents, strict=True):
            why = _after_a_long_one() if took_too_long else self._refusals.get(job)
            if why is not None:
                refused.append(_Refused(name=document.name, why=why))
                continue
            try:
                await self._print(owner, letter, job, document)
                names.append(document.name)
            except HubError as error:
                if error.later or isinstance(error, Conflict):
                    # Those before it are jobs already, and known when the letter comes again; the order stays.
                    return Delivered(fate=Fate.LATER, text=error.sentence)
                self._refusals.keep(job, error)
                refused.append(_Refused(name=document.name, why=_why(error)))
                took_too_long = isinstance(error, NotConverted) and error.why is Trouble.TOO_LONG
        self._refusals.forget(jobs)
        if not refused:
            return Delivered(fate=Fate.TAKEN)
        return await self._told(owner.person, letter, names, refused)

    async def _print(self, owner: _Owner, letter: Letter, job: JobId, document: Enclosed) -> None:
        if document.is_damaged:
            raise BadInput("it is damaged", next_step="Send it again.")
        title = (document.name or letter.subject)[:TITLE_CHARS]
        address = owner.address
        wanted = Wanted(printer=address.printer, title=title, wishes=address.wishes, via=Via.MAIL)
        content = Document(content=_once(document.content), media_type=document.media_type, name=document.name)
        await self._hand_ins.take_plain(owner.tenant, owner.person, job, wanted, content)

    async def _told(
        self, person: Person, letter: Letter, names: Collection[str], refused: Collection[_Refused]
    ) -> Delivered:
        """Tells what was not printed: by a letter of the hub's where some was, else through the mail server."""
        reasons = "; ".join(f"{one.name}: {one.why.sentence}" for one in refused)
        if names and self._mail is not None:
            try:
                await self._mail.send(person.email, self._subject(letter), self._text(letter, names, refused))
                return Delivered(fate=Fate.TAKEN)
            except Unavailable:
                pass  # then the mail server tells it
        printed = (
            f"{len(names)} of {len(names) + len(refused)} documents are printed, the others not. " if names else ""
        )
        return Delivered(fate=Fate.REFUSED, text=printed + reasons)

    def _subject(self, letter: Letter) -> str:
        return self._words.text(letter.accepted, _SUBJECT, subject=letter.subject)[:TITLE_CHARS]

    def _text(self, letter: Letter, names: Collection[str], refused: Collection[_Refused]) -> str:
        words, accepted = self._words, letter.accepted
        lines = [words.text(accepted, _NOT_PRINTED, subject=letter.subject), ""]
        lines += [f"- {one.name}: {words.sentence(accepted, one.why)}" for one in refused]
        lines += ["", words.text(accepted, _PRINTED), "", *(f"- {name}" for name in names), ""]
        return "\n".join(lines)


def _why(error: HubError) -> HubError:
    if isinstance(error, NotFound):
        cause = "the printer of your address is gone, or not yours any more"
        return NotFound(cause, next_step="Choose another one on your account page.")
    return error


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
