"""Keys of other agents as the plugin answers for them: durable, checked, and silent only while all is well."""

from __future__ import annotations

import base64
import itertools

import attrs
import pytest
import trio
from https_hub import AGENT, FakeHub, away, no
from https_rig import QUICK, Parts, parts
from key_rig import BookWriter, Signer

from tympan.plugin import AgentKey, KeyState, LookAgain
from tympan.testing import FakeHost
from tympan_transport_https import _agent_keys, _key_watch
from tympan_transport_https._agent_key import AgentKey as OwnKey
from tympan_transport_https._errors import HubAway, HubGarbled, NoSuchKey, NotEnrolled
from tympan_transport_https._key_book import bucket_of
from tympan_transport_https._limits import BOOK_LOGGED, BOOK_PAGE_ENTRIES
from tympan_wire.hub import Code, KeyEvent
from tympan_wire.key_proofs import proves

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def asking_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The book is looked into whenever a key is not known."""
    monkeypatch.setattr(_agent_keys, "BOOK_AGAIN_S", 0.0)


@pytest.fixture
def ada() -> Signer:
    return Signer.new("ada")


async def trusted(made: Parts, *who: Signer) -> list[str]:
    found = await made.keys.trusted([one.offered for one in who])
    assert bool(found.reason) == bool(found.changed)
    return [reader.agent for reader in found.readers]


async def noted(made: Parts, text: str) -> None:
    with trio.fail_after(20):
        while text not in made.host.noted:
            await trio.sleep(0.01)


async def test_the_agent_proves_its_key_when_it_joins_and_tells_it_once(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        [(recipient, proof)] = hub.proofs
        identity = base64.b64decode(made.membership.standing.key.public())
        assert proves(identity, base64.b64decode(recipient), base64.b64decode(proof))


async def test_an_agent_that_told_its_key_without_proof_proves_it_after_the_update(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        host, kept = made.host, made.membership.standing.enrolment
        key_id = made.membership.recipient.key_id.hex()
    host.state.values["enrolment"] = attrs.evolve(kept, told=key_id).kept()  # as the release before wrote it
    hub.proofs.clear()
    async with parts(host) as made:
        with trio.fail_after(20):
            while not hub.proofs:
                await trio.sleep(0.01)
        assert hub.proofs[0][1]


async def test_a_key_that_is_not_known_is_looked_for_in_the_book_at_once(
    hub: FakeHub, address: str, ada: Signer
) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        assert await trusted(made, ada) == []
        hub.book = BookWriter().joined(ada).entries
        assert await trusted(made, ada) == [ada.agent]
        assert [told["key"] for what, told in made.host.logged if "key book has news" in what] == [ada.print]
        asked = len(hub.asked)
        assert await trusted(made, ada) == [ada.agent]
        assert len(hub.asked) == asked, "what is known is not asked for"


async def test_a_long_book_is_followed_to_its_end(hub: FakeHub, address: str) -> None:
    many = [Signer.new(f"desk-{number}") for number in range(20)]
    hub.book = BookWriter().joined(*many).entries
    async with parts() as made:
        await made.membership.join(address, "once")
        assert await trusted(made, *many) == [one.agent for one in many]
        assert (await made.keys.book()).number == 20


async def test_an_unknown_reader_key_that_the_hub_offers_is_refused(hub: FakeHub, address: str, ada: Signer) -> None:
    hub.book = BookWriter().joined(ada).entries
    eve = Signer.new("eve")
    forged = AgentKey(agent=ada.agent, recipient=eve.offered.recipient)
    async with parts() as made:
        await made.membership.join(address, "once")
        found = await made.keys.trusted([eve.offered, forged, ada.offered])
        assert found.readers == (ada.offered,)
        assert found.changed == (eve.agent, ada.agent)
        assert "stands in no key book" in found.reason


async def test_what_is_believed_and_pinned_outlives_a_restart(hub: FakeHub, address: str, ada: Signer) -> None:
    writer = BookWriter().joined(ada)
    hub.book = writer.entries
    async with parts() as made:
        await made.membership.join(address, "once")
        await trusted(made, ada)
        host, before = made.host, await made.keys.book()
    hub.faults["keys"] = away
    async with parts(host) as made:
        assert await trusted(made, ada) == [ada.agent], "it needs no hub"
        assert await made.keys.book() == before
        hub.faults.clear()
        hub.book = BookWriter().joined(Signer.new("ada")).entries
        await made.keys.look()
        assert "another one than this agent saw" in (await made.keys.book()).trouble


async def test_a_book_that_does_not_fit_is_told_loudly_and_nobody_new_is_believed_until_a_person_decides(
    hub: FakeHub, address: str, ada: Signer
) -> None:
    writer, ben = BookWriter().joined(ada), Signer.new("ben")
    hub.book = writer.entries
    async with parts() as made:
        await made.membership.join(address, "once")
        assert await trusted(made, ada) == [ada.agent]
        hub.book = BookWriter().joined(Signer.new("carl"), ada, ben).entries
        assert await trusted(made, ada, ben) == [ada.agent]
        assert "key book is not to be believed" in made.host.noted
        assert "tympan keys reread" in made.host.noted
        host = made.host
    async with parts(host) as made:
        await noted(made, "key book is not to be believed")
        assert await trusted(made, ada, ben) == [ada.agent], "a restart decides nothing"
        view = await made.keys.reread()
        assert (view.number, view.trouble) == (3, "")
        assert await trusted(made, ada, ben) == [ada.agent, ben.agent]
        await noted(made, "enrolled at")


async def test_a_book_that_is_read_again_and_is_no_better_says_so(hub: FakeHub, address: str, ada: Signer) -> None:
    hub.book = BookWriter().joined(ada).confirmed(Signer.new("ben")).entries
    async with parts() as made:
        await made.membership.join(address, "once")
        assert await trusted(made, ada) == [ada.agent]
        view = await made.keys.reread()
        assert "never joined" in view.trouble
        assert await trusted(made, ada) == [ada.agent], "up to there it was followed"


async def test_nothing_is_forgotten_while_the_hub_cannot_be_asked(hub: FakeHub, address: str, ada: Signer) -> None:
    hub.book = BookWriter().joined(ada).entries
    async with parts() as made:
        await made.membership.join(address, "once")
        await trusted(made, ada)
        before = await made.keys.book()
        hub.faults["keys"] = away
        with pytest.raises(HubAway):
            await made.keys.reread()
        assert await made.keys.book() == before


async def test_a_hub_of_an_earlier_release_has_no_book_and_nobody_is_believed(
    hub: FakeHub, address: str, ada: Signer
) -> None:
    hub.faults["keys"] = lambda request: no(404, Code.NOT_FOUND, "there is no such operation").response
    async with parts() as made:
        await made.membership.join(address, "once")
        assert await trusted(made, ada) == []


async def test_a_notice_lets_the_book_be_followed(
    hub: FakeHub, address: str, ada: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_key_watch, "BOOK_LOOK_S", 3600.0)
    writer = BookWriter().joined(ada)
    hub.book = writer.entries
    async with parts() as made:
        await made.membership.join(address, "once")
        with trio.fail_after(20):
            while (await made.keys.book()).number < 1:
                await trio.sleep(0.01)
        writer.revoked(ada)
        made.host.bus.publish(LookAgain(topic="releases"))
        made.host.bus.publish(LookAgain(topic="keys"))
        with trio.fail_after(20):
            while (await made.keys.book()).number < 2:
                await trio.sleep(0.01)
        assert await trusted(made, ada) == []


async def test_where_this_machine_decides_a_person_accepts_and_that_outlives_a_restart(
    hub: FakeHub, address: str, ada: Signer
) -> None:
    writer = BookWriter().joined(ada)
    hub.book = writer.entries
    host = FakeHost("transport_https", settings=attrs.asdict(attrs.evolve(QUICK, confirm_keys_here=True)))
    async with parts(host) as made:
        await made.membership.join(address, "once")
        assert await trusted(made, ada) == []
        accepted = await made.keys.accept(ada.agent, ada.print)
        assert (accepted.state, accepted.fingerprint) == (KeyState.TRUSTED, ada.print)
    async with parts(host) as made:
        assert await trusted(made, ada) == [ada.agent]
        writer.changed(ada).confirmed(ada)
        assert await trusted(made, ada) == []


async def test_this_very_agent_stands_in_its_book_as_itself(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        own = Signer(AGENT, made.membership.standing.key, made.membership.recipient.public)
        hub.book = BookWriter().joined(own, proof="").entries
        await made.keys.look()
        [seen] = (await made.keys.book()).agents
        assert (seen.this, seen.state) == (True, KeyState.TRUSTED)


async def test_a_hub_that_says_another_identity_of_this_agent_is_told(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        forged = Signer(AGENT, OwnKey.make(), made.membership.recipient.public)
        hub.book = BookWriter().joined(forged).entries
        await made.keys.look()
        assert "this very agent" in made.host.noted


async def test_the_book_of_another_membership_is_not_believed(hub: FakeHub, address: str, ada: Signer) -> None:
    hub.book = BookWriter().joined(ada).entries
    async with parts() as made:
        await made.membership.join(address, "once")
        assert await trusted(made, ada) == [ada.agent]
        await made.membership.leave()
        found = await made.keys.trusted([ada.offered])
        assert (found.readers, found.changed) == ((), (ada.agent,))
        with pytest.raises(NotEnrolled):
            await made.keys.book()
        hub.tokens.add("again")
        hub.agent, hub.book = "agent-2", []
        await made.membership.join(address, "again")
        assert await trusted(made, ada) == []
        assert (await made.keys.book()).number == 0


async def test_what_was_kept_and_cannot_be_read_trusts_nobody(hub: FakeHub, address: str, ada: Signer) -> None:
    hub.book = BookWriter().joined(ada).entries
    async with parts() as made:
        await made.membership.join(address, "once")
        await trusted(made, ada)
        host = made.host
    bucket = next(name for name in host.state.values if name.startswith("keys/") and host.state.values[name])
    host.state.values[bucket] = b'{"owner": "' + AGENT.encode() + b'", "agents": [{}]}'
    async with parts(host) as made:
        found = await made.keys.trusted([ada.offered])
        assert (found.readers, found.changed) == ((), (ada.agent,))
        await noted(made, "cannot be read")


async def test_nobody_accepts_a_key_that_is_none(hub: FakeHub, address: str, ada: Signer) -> None:
    hub.book = BookWriter().add(KeyEvent.JOINED, ada, recipient="", proof="").entries
    async with parts() as made:
        await made.membership.join(address, "once")
        await made.keys.look()
        for agent in (ada.agent, "agent-eve"):
            with pytest.raises(NoSuchKey):
                await made.keys.accept(agent, ada.print)


async def test_values_of_a_full_book_stay_within_what_the_kernel_keeps_of_one(hub: FakeHub, address: str) -> None:
    many = [Signer(f"{number:032x}", FIRST.identity, FIRST.recipient) for number in range(3000)]
    said = {"name": "\u7d19" * 200}
    hub.book, hub.entries_at_once = BookWriter().joined(*many, **said).entries, 1000
    async with parts() as made:
        await made.membership.join(address, "once")
        await made.keys.look()
        assert len((await made.keys.book()).agents) == 3000
        largest = max(len(value) for name, value in made.host.state.values.items() if name.startswith("keys"))
        assert largest * (20_000 / 3000) < 64 * 1024


async def test_a_hub_that_crowds_one_value_cannot_have_the_pinned_head_forgotten(hub: FakeHub, address: str) -> None:
    """Else it had an agent of its own believed, and took it out of the book at the next start."""
    named = (f"{number:064x}" for number in itertools.count())
    crowd = itertools.islice((name for name in named if bucket_of(name) == 0), 60)
    many = [Signer(name, FIRST.identity, FIRST.recipient) for name in crowd]
    hub.book = BookWriter().joined(*many, name="\U0001f5a8" * 200).entries
    async with parts() as made:
        await made.membership.join(address, "once")
        await made.keys.look()
        host, before = made.host, await made.keys.book()
    assert before.number == 60
    hub.faults["keys"] = away
    async with parts(host) as made:
        assert await made.keys.book() == before


async def test_a_key_of_this_very_agent_that_it_never_had_is_told(hub: FakeHub, address: str) -> None:
    """What a hub could write that says an agent of this release joined without a signature."""
    async with parts() as made:
        await made.membership.join(address, "once")
        forged = Signer(AGENT, made.membership.standing.key, FIRST.recipient)
        hub.book = BookWriter().joined(forged, proof="").confirmed(forged, proof="").entries
        await made.keys.look()
        assert "did not sign" in made.host.noted
        assert "did not sign" in (await made.keys.book()).trouble
        hub.book = BookWriter(hub.book).joined(FIRST).entries
        assert await trusted(made, FIRST) == [FIRST.agent], "the book is followed on"


async def test_a_key_the_hub_wrote_after_a_person_compared_is_not_accepted(
    hub: FakeHub, address: str, ada: Signer
) -> None:
    writer = BookWriter().joined(ada)
    hub.book = writer.entries
    host = FakeHost("transport_https", settings=attrs.asdict(attrs.evolve(QUICK, confirm_keys_here=True)))
    async with parts(host) as made:
        await made.membership.join(address, "once")
        await made.keys.look()
        compared = ada.print
        ada.rekey()
        writer.changed(ada)
        await made.keys.look()
        with pytest.raises(NoSuchKey, match=ada.print):
            await made.keys.accept(ada.agent, compared)
        assert await trusted(made, ada) == []


async def test_nobody_accepts_a_key_without_a_signature_of_who_signed_one_before(
    hub: FakeHub, address: str, ada: Signer
) -> None:
    """A hub writes it between the moment a person looks and the moment they accept."""
    forged = {"recipient": FIRST.offered.recipient, "proof": ""}
    hub.book = BookWriter().joined(ada).add(KeyEvent.CHANGED, ada, **forged).entries
    async with parts() as made:
        await made.membership.join(address, "once")
        await made.keys.look()
        with pytest.raises(NoSuchKey, match="not signed with its own"):
            await made.keys.accept(ada.agent, FIRST.print)


async def test_a_page_of_the_book_that_is_too_long_is_not_read(hub: FakeHub, address: str) -> None:
    many = [Signer(f"desk-{number}", FIRST.identity, FIRST.recipient) for number in range(BOOK_PAGE_ENTRIES + 1)]
    hub.book, hub.entries_at_once = BookWriter().joined(*many).entries, BOOK_PAGE_ENTRIES + 1
    async with parts() as made:
        await made.membership.join(address, "once")
        with pytest.raises(HubGarbled, match="entries of the key book"):
            await made.keys.look()
        assert (await made.keys.book()).number == 0
        hub.entries_at_once = BOOK_PAGE_ENTRIES
        await made.keys.look()
        assert (await made.keys.book()).number == BOOK_PAGE_ENTRIES + 1


async def test_of_many_news_some_are_named_in_the_log_and_the_rest_is_counted(hub: FakeHub, address: str) -> None:
    many = [Signer(f"desk-{number}", FIRST.identity, FIRST.recipient) for number in range(BOOK_LOGGED + 3)]
    hub.book = BookWriter().joined(*many).entries
    async with parts() as made:
        await made.membership.join(address, "once")
        await made.keys.look()
        assert [told["agents"] for what, told in made.host.logged if "more agents" in what] == [3]


FIRST = Signer.new("first")
