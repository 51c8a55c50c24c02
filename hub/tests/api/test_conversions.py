"""Documents in, PDFs out, by API: a stand-in for the sandbox, so that each trouble comes when it is wanted."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from api_rig import Program, program
from crossing_rig import FAR, new_sites
from hub_rig import Bench, report

from tympan_hub.adapters.converters import found_converters, loaded
from tympan_hub.domain.blobs import Kind
from tympan_hub.domain.errors import Trouble
from tympan_hub.domain.ids import SERVICE, CapabilityKey
from tympan_hub.domain.jobs import JobFilter
from tympan_hub.domain.limits.conversions import DOCUMENT_BYTES
from tympan_hub.domain.people import CONSOLE, Person
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.sheets import Sheet
from tympan_hub.http.api import PREFIX
from tympan_hub.http.api._conversions import file_name
from tympan_hub.service.conversions import ConversionService
from tympan_wire.hub import DeviceReport
from tympan_wire.sealed import Recipient, Suite

pytestmark = pytest.mark.anyio
PATH = "/hand-ins/conversions"
WAIT_S = 20.0


@attrs.define
class FakeSandbox:
    """``Sandbox`` that starts nothing."""

    root: Path
    trouble: Trouble | None = None
    problem: str = ""
    told: str = ""
    runs: asyncio.Event = attrs.field(factory=asyncio.Event)
    killed: asyncio.Event = attrs.field(factory=asyncio.Event)
    never_ends: bool = False
    seen: list[Path] = attrs.field(factory=list)
    sheets: list[Sheet] = attrs.field(factory=list)

    @contextmanager
    def room(self) -> Iterator[Path]:
        """A folder."""
        with tempfile.TemporaryDirectory(dir=self.root) as room:
            yield Path(room)

    async def run(
        self, command: Callable[[Path, Path], Sequence[str]], source: Path, into: Path, sheet: Sheet
    ) -> Trouble | None:
        """Turns it round."""
        self.seen.append(source)
        self.sheets.append(sheet)
        self.runs.set()
        if self.never_ends:
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self.killed.set()
        into.write_bytes(b"%PDF-" + source.read_bytes())
        return self.trouble


@pytest.fixture
async def sandbox(hub: Bench, tmp_path: Path) -> FakeSandbox:
    made = FakeSandbox(tmp_path / "rooms")
    made.root.mkdir()
    service = ConversionService(hub.units, made, found_converters())
    object.__setattr__(hub.services, "conversions", service)
    object.__setattr__(hub.services.hand_ins, "_conversions", service)
    return made


async def send(asking: Program, content: bytes | AsyncIterator[bytes], **headers: str) -> tuple[int, bytes, str]:
    shown = {"Authorization": f"Bearer {asking.secret}", **{name.replace("_", "-"): headers[name] for name in headers}}
    answer = await asking.client.post(PREFIX + PATH, content=content, headers=shown)
    reason = answer.json().get("reason", "") if answer.status_code != 200 else ""
    return answer.status_code, answer.content, reason


async def test_a_document_is_answered_with_its_pdf_and_nothing_is_left(
    hub: Bench, admin: Person, sandbox: FakeSandbox
) -> None:
    asking = await program(hub, admin)
    named = "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.md"
    assert await send(asking, b"hello", content_disposition=named) == (200, b"%PDF-hello", "")
    assert sandbox.seen[0].name == "document.md"
    assert list(sandbox.root.iterdir()) == []


async def test_a_document_is_set_on_the_sheet_that_is_asked_for(
    hub: Bench, admin: Person, sandbox: FakeSandbox
) -> None:
    asking = await program(hub, admin)
    headers = {"Authorization": f"Bearer {asking.secret}"}
    for query, status in (("", 200), ("?sheet=letter", 200), ("?sheet=a0", 400)):
        answer = await asking.client.post(PREFIX + PATH + query, content=b"hello", headers=headers)
        assert answer.status_code == status
    assert sandbox.sheets == [Sheet.A4, Sheet.LETTER]


@pytest.mark.parametrize(
    ("holds", "asked", "sheet"),
    [
        ((), "", Sheet.A4),
        (("na_letter_8.5x11in",), "", Sheet.LETTER),
        (("na_letter_8.5x11in",), "iso_a4_210x297mm", Sheet.A4),
        (("iso_a4_210x297mm",), "na_letter_8.5x11in", Sheet.LETTER),
    ],
)
async def test_what_is_printed_is_set_on_the_paper_asked_for_else_on_what_the_printer_holds(
    hub: Bench, sandbox: FakeSandbox, holds: tuple[str, ...], asked: str, sheet: Sheet
) -> None:
    sites = await new_sites(hub)
    await sites.beside(sites.first, key=Recipient.generate(Suite.X25519).public)
    hub.clock.forward(seconds=1)
    seen = DeviceReport(printer=FAR, reachable=True, observed_at=hub.clock.now(), media=holds)
    await sites.first.report(report(seen))
    asking = await program(hub, sites.admin)
    headers = {"Authorization": f"Bearer {asking.secret}"}
    query = f"?job={uuid.uuid4()}&printer={FAR}&media={asked}"
    answer = await asking.client.post(f"{PREFIX}/hand-ins/documents{query}", content=b"hello", headers=headers)
    assert answer.status_code == 201, answer.text
    assert sandbox.sheets == [sheet]


@pytest.mark.parametrize("trouble", Trouble)
async def test_each_trouble_has_its_reason_and_leaves_nothing(
    hub: Bench, admin: Person, sandbox: FakeSandbox, trouble: Trouble
) -> None:
    sandbox.trouble = trouble
    assert (await send(await program(hub, admin), b"hello"))[::2] == (422, trouble.value)
    assert list(sandbox.root.iterdir()) == []


async def test_what_no_converter_takes_is_unsupported_and_what_one_away_takes_is_away(
    hub: Bench, admin: Person, sandbox: FakeSandbox
) -> None:
    asking = await program(hub, admin)
    assert (await send(asking, b"\x7fELF\0"))[::2] == (422, "unsupported")
    sandbox.problem = "no namespaces here"
    assert (await send(asking, b"<html>"))[::2] == (422, "converter-away")
    assert (await send(asking, b"text"))[0] == 200
    told = {one["name"]: one["problem"] for one in await asking.get("/hand-ins/converters")}
    assert "no namespaces here" in told["html"] and "no namespaces here" in told["office"] and told["text"] == ""


async def test_a_document_that_is_too_large_is_refused_as_it_comes(
    hub: Bench, admin: Person, sandbox: FakeSandbox
) -> None:
    piece, sent = bytes(4 << 20), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 4 * DOCUMENT_BYTES:
            sent += len(piece)
            yield piece

    assert (await send(await program(hub, admin), endless()))[0] == 413
    assert sent <= DOCUMENT_BYTES + 2 * len(piece)
    assert (list(sandbox.root.iterdir()), sandbox.seen) == ([], [])


@pytest.mark.parametrize("path", [PATH, "/hand-ins/documents"])
async def test_nobodys_converter_runs_for_a_sender_who_has_left(hub: Bench, sandbox: FakeSandbox, path: str) -> None:
    sites = await new_sites(hub)
    await sites.beside(sites.first, key=Recipient.generate(Suite.X25519).public)
    sandbox.never_ends = True
    asking = await program(hub, sites.admin)
    sending = asyncio.create_task(leaves(asking, path, sandbox.runs))
    async with asyncio.timeout(WAIT_S):
        await sandbox.killed.wait()
        await sending
    assert list(sandbox.root.iterdir()) == []


@pytest.mark.parametrize("is_told", [False, True])
async def test_who_leaves_while_a_document_becomes_a_job_leaves_a_whole_job_or_none(
    hub: Bench, sandbox: FakeSandbox, monkeypatch: pytest.MonkeyPatch, is_told: bool
) -> None:
    sites = await new_sites(hub)
    await sites.beside(sites.first, key=Recipient.generate(Suite.X25519).public)
    asking = await program(hub, sites.admin)
    hand_ins, at_it = hub.services.hand_ins, asyncio.Event()
    send, seal = hand_ins._send, hand_ins._sealed

    async def slowly(*given: Any) -> Any:
        at_it.set()
        for _ in range(50):
            await asyncio.sleep(0)  # the sender is gone by now
        return await (send if is_told else seal)(*given)

    monkeypatch.setattr(hand_ins, "_send" if is_told else "_sealed", slowly)
    async with asyncio.timeout(WAIT_S):
        await leaves(asking, "/hand-ins/documents", at_it)
    found = await hub.services.jobs.mine(sites.tenant, sites.admin, JobFilter())
    blobs = [one async for one in hub.blobs.list(sites.tenant, Kind.UPLOADS)]
    assert (len(found.jobs), len(blobs)) == (int(is_told), int(is_told))


async def leaves(asking: Program, path: str, when: asyncio.Event) -> None:
    """Sends a document as a server has it from a line that is cut then."""
    transport = asking.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    headers = {"host": asking.client.base_url.netloc.decode(), "authorization": f"Bearer {asking.secret}"}
    messages = iter([{"type": "http.request", "body": b"hello", "more_body": False}])

    async def receive() -> Any:
        if (message := next(messages, None)) is not None:
            return message
        await when.wait()
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        """To nobody."""

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": asking.client.base_url.scheme,
        "path": PREFIX + path,
        "raw_path": (PREFIX + path).encode(),
        "query_string": f"job={uuid.uuid4()}&printer={FAR}".encode() if path != PATH else b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": (asking.client.base_url.host, asking.client.base_url.port or 80),
    }
    await transport.app(scope, receive, send)


@pytest.mark.parametrize("scope", ["owner", "tenant"])
async def test_policy_keeps_the_hub_from_converting(
    hub: Bench, admin: Person, sandbox: FakeSandbox, scope: str
) -> None:
    asking = await program(hub, admin)
    where = SERVICE if scope == "owner" else admin.tenant
    await hub.services.policy.switch(where, CONSOLE, CapabilityKey("mobility.convert"), Verdict.OFF)
    assert (await send(asking, b"hello"))[0] == 403
    assert await asking.get("/hand-ins/converters") == []
    assert sandbox.seen == []


async def test_without_a_token_nothing_is_taken(hub: Bench, sandbox: FakeSandbox) -> None:
    assert (await hub.client.post(PREFIX + PATH, content=b"hello")).status_code == 401
    assert list(sandbox.root.iterdir()) == []


def test_a_converter_that_does_not_load_is_shown_with_its_reason() -> None:
    from importlib.metadata import EntryPoint

    found = [
        loaded(EntryPoint(name="gone", value="no.such.module:CONVERTER", group="x")),
        loaded(EntryPoint(name="other", value="json:dumps", group="x")),
    ]
    assert "ModuleNotFoundError" in found[0].problem and "no converter" in found[1].problem
    assert all(one.media_types == frozenset() for one in found)


@pytest.mark.parametrize(
    ("said", "name"),
    [("", ""), ('attachment; filename="a b.txt"', "a b.txt"), ("inline; filename=a.txt; x=y", "a.txt")],
)
def test_the_files_name_is_read(said: str, name: str) -> None:
    assert file_name(said) == name
