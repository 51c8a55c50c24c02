"""Whatever comes in is answered: mutated requests, seeded, and a good one after each batch."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tympan_wire.ipp import Group, GroupTag, Message, Operation, attr, decode, encode

if TYPE_CHECKING:
    from plugins.ipp_endpoint.tests.conftest import Counter

BATCHES, PER_BATCH = 20, 100
OPERATIONS = sorted(set(Operation) & {2, 4, 5, 6, 8, 9, 0xA, 0xB, 0xC, 0xD, 0x39, 0x3B, 0x3C})


def sample(operation: int) -> bytes:
    given = (
        attr.uri("printer-uri", "ipp://localhost:39149/ipp/print/front-desk"),
        attr.integer("job-id", 1),
        attr.name_("requesting-user-name", "ada"),
        attr.boolean("last-document", True),
        attr.mime("document-format", "application/pdf"),
        attr.keyword("compression", "gzip"),
        attr.keyword("requested-attributes", "all", "media-col-database"),
        attr.keyword("which-jobs", "all"),
    )
    size = attr.collection("media-size", [attr.integer("x-dimension", 21000), attr.integer("y-dimension", 29700)])
    ticket = (attr.integer("copies", 2), attr.collection("media-col", [size]), attr.keyword("media", "a_b_1x1mm"))
    groups = (Group(GroupTag.OPERATION, given), Group(GroupTag.JOB, ticket))
    return encode(Message.request(operation, 1, *groups)) + b"\x1f\x8b\x08not really gzip"


def mutated(chance: random.Random, given: bytes) -> bytes:
    data = bytearray(given)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data))
        what = chance.randrange(4)
        if what == 0:
            data[at] = chance.randrange(256)
        elif what == 1:
            del data[at : at + chance.randint(1, 9)]
        elif what == 2:
            data[at:at] = chance.randbytes(chance.randint(1, 9))
        else:
            data[at : at + 4] = chance.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"))
        if not data:
            return b"\0"
    return bytes(data)


@pytest.mark.anyio
@pytest.mark.parametrize("batch", range(BATCHES))
async def test_mutated_requests_are_answered(counter: Counter, batch: int) -> None:
    chance = random.Random(batch)
    for _ in range(PER_BATCH):
        data = mutated(chance, sample(chance.choice(OPERATIONS)))
        response = await counter.post(*_split(chance, data))
        assert response.status in (200, 400)
        if response.status == 200:
            assert isinstance(response.body, bytes)
            answer, end = decode(response.body)
            assert end == len(response.body) and answer.code != 0x0500
    assert counter.host.logged == [] or all("identify" in line for line, _ in counter.host.logged), counter.host.logged
    assert (await counter.ask(Operation.GET_PRINTER_ATTRIBUTES)).code == 0


def _split(chance: random.Random, data: bytes) -> tuple[bytes, bytes]:
    cut = chance.randrange(len(data) + 1)
    return data[:cut], data[cut:]
