"""A hub that lies, before the real one: what it swaps, cuts, shuffles, repeats or makes up, agents refuse."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import attrs
import pytest
import trio
from release_rig import marked_document
from tunnel_rig import (
    HOME,
    LETTER,
    OFFICE,
    Answered,
    Asked,
    Attacker,
    Onward,
    Sites,
    Twice,
    honest,
    of,
    other_blob,
    retold,
    sites,
    with_reader,
)

from tympan_wire.hub import CrossingOffer, MirroredJob, Operation, Reader, Tunnel, decode
from tympan_wire.sealed import (
    HEADER_BYTES,
    SEALED_CHUNK_BYTES,
    EnvelopeError,
    Recipient,
    Sealer,
    new_key,
    plain_size,
    unwrap_with,
)

pytestmark = [pytest.mark.anyio, pytest.mark.system]


@pytest.fixture(scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sites]:
    async with sites(tmp_path_factory.mktemp("sites"), lies=True) as made:
        yield made


@pytest.fixture
def liar(here: Sites) -> Iterator[Attacker]:
    assert here.attacker is not None
    yield here.attacker
    here.attacker.play = honest
    for name in OFFICE:
        here.program(name).resume()


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """One of many chunks."""
    return marked_document(tmp_path / "long.pdf")


async def refused(here: Sites, title: str) -> None:
    """Waits until home heard that nobody can print it; nothing of it came out."""
    job = await here.over(title)
    assert (job.state, job.reason) == ("aborted", "document-format-error"), job
    assert here.journal(title) == []


async def test_attack_a_truncated_document_whose_length_is_told_to_match_is_refused(
    here: Sites, liar: Attacker, document: Path
) -> None:
    less = SEALED_CHUNK_BYTES

    def shorter(_: Asked, told: Tunnel) -> Tunnel:
        orders = [attrs.evolve(one, copy=attrs.evolve(one.copy, size=one.copy.size - less)) for one in told.orders]
        return attrs.evolve(told, orders=tuple(orders))

    lie, cut = retold(Operation.TUNNEL, Tunnel, shorter), other_blob(lambda content: content[:-less])

    async def play(asked: Asked, onward: Onward) -> Answered:
        return await (lie if of(asked, Operation.TUNNEL) else cut)(asked, onward)

    liar.play = play
    await here.send("Truncated", document=document)
    await refused(here, "Truncated")


async def test_attack_a_document_whose_chunks_are_in_another_order_is_refused(
    here: Sites, liar: Attacker, document: Path
) -> None:
    def reordered(content: bytes) -> bytes:
        first, second = HEADER_BYTES, HEADER_BYTES + SEALED_CHUNK_BYTES
        third = second + SEALED_CHUNK_BYTES
        return content[:first] + content[second:third] + content[first:second] + content[third:]

    liar.play = other_blob(reordered)
    await here.send("Reordered", document=document)
    await refused(here, "Reordered")


async def test_attack_the_blob_of_another_tenant_in_place_of_the_own_is_refused(
    here: Sites, liar: Attacker, document: Path
) -> None:
    def theirs(content: bytes) -> bytes:
        sealer = Sealer(new_key(), UUID(int=7))
        return sealer.header() + sealer.update(b"%PDF" + bytes(plain_size(len(content)) - 4)) + sealer.finish()

    liar.play = other_blob(theirs)
    await here.send("Theirs", document=document)
    await refused(here, "Theirs")


def said_no(here: Sites) -> int:
    """How often agents of the office said that they do not print something."""
    return sum(here.agents[name].output().count("a job of another computer is not printed here") for name in OFFICE)


async def itself(here: Sites, title: str, document: Path) -> None:
    """Waits until a job has ended; what came out is its own document, once."""
    assert (await here.over(title)).state == "completed"
    [paper] = here.journal(title)
    assert paper.sha256 == hashlib.sha256(document.read_bytes()).hexdigest()


async def test_attack_the_envelope_and_document_of_another_job_are_refused(
    here: Sites, liar: Attacker, document: Path
) -> None:
    copies: dict[str, MirroredJob] = {}

    def replayed(asked: Asked, told: Tunnel) -> Tunnel:
        orders = [attrs.evolve(one, copy=copies.setdefault(asked.by, one.copy)) for one in told.orders]
        return attrs.evolve(told, orders=tuple(orders))

    liar.play = retold(Operation.TUNNEL, Tunnel, replayed)
    here.program(OFFICE[1]).pause()
    await here.send("First", document=document)
    await itself(here, "First", document)
    before = said_no(here)
    await here.send("Second")

    async def given_back() -> bool:
        return said_no(here) > before

    await here.until(given_back, "it to give the second one back")
    assert here.journal("Second") == []
    liar.play = honest
    here.program(OFFICE[1]).resume()
    await itself(here, "Second", LETTER)


async def test_attack_one_lease_that_two_agents_are_given_comes_out_once(here: Sites, liar: Attacker) -> None:
    lie = Twice(hosts=dict(here.names))
    lie.open.set()
    liar.play = lie.play
    await here.send("Two at once")
    await twice(here, lie, "Two at once")


async def test_attack_a_job_that_came_out_and_is_ordered_again_from_both_agents_comes_out_once(
    here: Sites, liar: Attacker
) -> None:
    lie = Twice(hosts=dict(here.names))
    liar.play = lie.play
    await here.send("Again")
    job = await here.over("Again")
    assert job.state == "completed"
    lie.open.set()
    [had] = [name for name in OFFICE if job.detail == f"Printed by {name}."]
    here.program(had).pause()
    await here.send("To wake the other")
    await here.over("To wake the other")
    here.program(had).resume()
    await twice(here, lie, "Again")


async def twice(here: Sites, lie: Twice, title: str) -> None:
    """Waits until both were told to begin, and are over with it; it came out once."""

    async def over() -> bool:
        found = [await here.job_at(name, title) for name in OFFICE]
        return set(lie.began) == set(OFFICE) and all(job is not None and job.over for job in found)

    await here.until(over, "both to be over with it")
    assert [paper.ended for paper in here.journal(title)] == ["completed"]


@pytest.mark.parametrize("whose", ["nobody", "a known agent"])
async def test_attack_a_reader_key_nobody_vouched_for_gets_no_envelope(here: Sites, liar: Attacker, whose: str) -> None:
    agent = here.names[OFFICE[0]] if whose == "a known agent" else "f" * 32
    mallory = Recipient.generate()
    offers: list[CrossingOffer] = []
    lied = trio.Event()
    lie = with_reader(Reader(agent=agent, recipient=base64.b64encode(mallory.public).decode()))

    async def play(asked: Asked, onward: Onward) -> Answered:
        if of(asked, Operation.TUNNEL_OFFER):
            offers.append(decode(CrossingOffer, asked.body))
        answer = await lie(asked, onward)
        if of(asked, Operation.DESIRED) and asked.by == HOME:
            lied.set()
        return answer

    liar.play = play
    await here.program(HOME).kill9()
    await here.start(HOME)  # so that it asks what is wanted of it
    await lied.wait()
    await here.ready(tunneled=True)
    title = f"For {whose}"
    await here.send(title)
    assert (await here.over(title)).state == "completed"
    assert len(here.journal(title)) == 1
    context = b"tympan tunnel " + here.place.tenant.encode()
    for envelope in [one.envelope for offer in offers for one in offer.envelopes]:
        with pytest.raises(EnvelopeError):
            unwrap_with(base64.b64decode(envelope), mallory, document=offers[0].job, context=context)
