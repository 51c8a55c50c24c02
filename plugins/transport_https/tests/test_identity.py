"""The agent's key for envelopes: in the vault first, told to the hub once, and kept from everybody else."""

from __future__ import annotations

import base64
import datetime as dt
import ssl
import tempfile
from pathlib import Path

import pytest
import trio
import trustme
from https_hub import FakeHub
from https_rig import Parts, parts

from tympan.testing import FakeHost
from tympan_transport_https._errors import HubGarbled, NotEnrolled
from tympan_transport_https._identity import AgentIdentity
from tympan_transport_https._keeper import Keeper
from tympan_transport_https._model import Enrolment

pytestmark = pytest.mark.anyio


def keeper(made: Parts) -> Keeper:
    return Keeper(made.membership, made.link, made.sign_ins)


async def test_the_hub_hears_of_the_key_when_the_agent_joins(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        told = base64.b64encode(AgentIdentity(made.membership).recipient).decode()
        await keeper(made).look()
    assert hub.recipients == [told], "once is enough"


async def test_the_key_is_the_same_after_a_restart(hub: FakeHub, address: str) -> None:
    host = FakeHost("transport_https", settings={"echo_interval_s": 30.0, "echo_wait_s": 15.0} | _RETRIES)
    async with parts(host) as made:
        await made.membership.join(address, "once")
        before = AgentIdentity(made.membership).recipient
    async with parts(host) as made:
        assert AgentIdentity(made.membership).recipient == before


async def test_an_agent_that_joined_before_it_had_the_key_tells_it(hub: FakeHub, address: str) -> None:
    host = FakeHost("transport_https", settings={"echo_interval_s": 30.0, "echo_wait_s": 15.0} | _RETRIES)
    async with parts(host) as made:
        await made.membership.join(address, "once")
        enrolled = made.membership.standing.enrolment.enrolled
    host.state.values["enrolment"] = Enrolment(address=address, enrolled=enrolled).kept()
    hub.recipients.clear()
    async with parts(host) as made:
        told = base64.b64encode(AgentIdentity(made.membership).recipient).decode()
        with trio.fail_after(20):
            while not made.membership.standing.enrolment.told:
                await trio.sleep(0.01)
        await keeper(made).look()
        assert hub.recipients == [told]


async def test_a_certificate_that_is_due_is_renewed_with_the_key(hub: FakeHub, address: str) -> None:
    hub.certificate_age = dt.timedelta(days=250)
    async with parts() as made:
        await made.membership.join(address, "once")
        await keeper(made).look()
    assert len(hub.recipients) == 2
    assert len(set(hub.recipients)) == 1


async def test_whoever_leaves_gets_another_key(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        before = AgentIdentity(made.membership).recipient
        await made.membership.leave()
        assert AgentIdentity(made.membership).recipient != before


async def test_without_a_hub_there_is_nobody_to_prove_it_to() -> None:
    async with parts() as made:
        with pytest.raises(NotEnrolled):
            await AgentIdentity(made.membership).client_context(trustme.CA().cert_pem.bytes())


async def test_what_is_no_authority_is_refused(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        for authority in (b"", b"PEM", "ü".encode()):
            with pytest.raises(HubGarbled):
                await AgentIdentity(made.membership).client_context(authority)


async def test_the_private_key_is_never_in_clear_on_the_disk(
    hub: FakeHub, address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen: list[bytes] = []
    load = ssl.SSLContext.load_cert_chain

    def looked_at(context: ssl.SSLContext, path: str, **rest: str) -> None:
        assert Path(path).stat().st_mode & 0o077 == 0
        seen.append(Path(path).read_bytes())
        load(context, path, **rest)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", looked_at)
    async with parts() as made:
        await made.membership.join(address, "once")
        await AgentIdentity(made.membership).client_context(trustme.CA().cert_pem.bytes())
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in seen[0]
    assert b"BEGIN PRIVATE KEY" not in seen[0]
    assert not list(tmp_path.iterdir()), "and it is gone"


_RETRIES = {"retry_first_s": 0.01, "retry_last_s": 0.05, "confirm_keys_here": False}
