"""Values and makers that suites of ports are tried with."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import trio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tympan._ids import printer_id
from tympan._ports import AgentKey, ScanOrder, Sighting, SignedIn
from tympan._states import JobState
from tympan._values import Job, Printer
from tympan.testing import FakeAgentKeys, FakeDelivery, FakeDocument, FakeLocalRequest, FakePolicySource, FakeReleaser

Cases = dict[str, tuple[type[Any], str, Callable[[], dict[str, Any]]]]
"""What breaks a contract: the suite, its test that fails, and what makes the test's fixtures."""

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)

FRONT = Printer(id=printer_id("front"), name="Front", uri="ipp://device.example/ipp/print")

JOB = Job(uuid=uuid.UUID(int=7), number=1, printer=FRONT.id, created_at=NOW, state=JobState.SENDING)

SEEN = Sighting(method="fake", key="device", uri="ipp://device.example/", seen_at=NOW)
SCAN = ScanOrder(id=uuid.UUID(int=1), targets=("127.0.0.1",))

SOUND = FakeDocument(content=b"pages 3", media_type="text/x-fake")

GOOD = FakeLocalRequest(method="POST", path="/fake", content=b"hello")


def made_delivery() -> FakeDelivery:
    return FakeDelivery(job=JOB, printer=FRONT, document=FakeDocument(content=b"page" * 40_000))


MINE = (uuid.UUID(int=21), uuid.UUID(int=22))
THEIRS = uuid.UUID(int=23)


def made_releaser(kind: type[FakeReleaser] = FakeReleaser) -> FakeReleaser:
    return kind({MINE[0]: "ada", THEIRS: "ben", MINE[1]: "ada"})


KEYS = tuple(base64.b64encode(bytes([number]) * 1217).decode() for number in range(1, 5))
KNOWN = AgentKey(agent="agent-1", recipient=KEYS[0])
CHANGED = AgentKey(agent="agent-2", recipient=KEYS[1])
REVOKED = AgentKey(agent="agent-3", recipient=KEYS[2])


def made_keys(kind: type[FakeAgentKeys] = FakeAgentKeys) -> FakeAgentKeys:
    keys = kind({key.agent: key.recipient for key in (KNOWN, CHANGED, REVOKED)})
    keys.accepted[CHANGED.agent] = KEYS[3]
    keys.revoked.add(REVOKED.agent)
    return keys


ADA = SignedIn(user="ada", person="p1", name="Ada")


def changing(source: FakePolicySource) -> Callable[[], Awaitable[None]]:
    async def change() -> None:
        await trio.lowlevel.checkpoint()
        source.change(b"two")

    return change


def made_authority() -> bytes:
    """PEM of a certificate that signs itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), NOW, NOW)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
