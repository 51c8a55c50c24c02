"""Every suite fails what breaks the contract of its port."""

from __future__ import annotations

import inspect
import ssl
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any

import attrs
import pytest
import trio
from broken_spoolers import (
    AllKnowing,
    Anonymous,
    Deaf,
    Impatient,
    Inconsistent,
    Obliging,
    Repeating,
    Unfindable,
    Unsteady,
    with_a_queue,
)
from conformance_rig import (
    ADA,
    CHANGED,
    FRONT,
    GOOD,
    JOB,
    KNOWN,
    MINE,
    REVOKED,
    SCAN,
    SEEN,
    SOUND,
    THEIRS,
    changing,
    made_authority,
    made_delivery,
    made_keys,
    made_releaser,
)

import tympan.testing
from tympan._bus import Bus
from tympan._hooks import HOOKS
from tympan._ids import PrinterId
from tympan._ports import (
    AgentKey,
    Claimed,
    Completed,
    Delivery,
    Document,
    EventBus,
    Examined,
    Health,
    Hold,
    Host,
    KnownAgent,
    LocalRequest,
    LocalResponse,
    Member,
    NotReleased,
    OutboxEntry,
    Outcome,
    QueueShared,
    Released,
    ReleaseWish,
    ScanOrder,
    ScanProgress,
    SendAgain,
    Sighting,
    SweepRequest,
    Trusted,
)
from tympan._values import Job, NewJob, Printer, Statistics
from tympan.testing import (
    AgentKeysSuite,
    CommandSuite,
    DiscovererSuite,
    EventBusSuite,
    ExaminerSuite,
    FakeAgentKeys,
    FakeCommand,
    FakeDiscoverer,
    FakeExaminer,
    FakeGate,
    FakeHost,
    FakeHubDownloads,
    FakeHubIdentity,
    FakeHubLink,
    FakeHubUploads,
    FakeInspector,
    FakeJobs,
    FakeKeyProvider,
    FakeKeyValue,
    FakeLocalApp,
    FakeMembership,
    FakeNoticeSource,
    FakeOutbox,
    FakePeopleSource,
    FakePolicySource,
    FakePrinters,
    FakePrinterSource,
    FakeQueueSharing,
    FakeReleaser,
    FakeRoute,
    FakeScanner,
    FakeService,
    FakeSignIn,
    FakeSpooler,
    GateSuite,
    HubDownloadsSuite,
    HubIdentitySuite,
    HubLinkSuite,
    HubUploadsSuite,
    InspectorSuite,
    JobsSuite,
    KeyProviderSuite,
    KeyValueSuite,
    LocalAppSuite,
    MembershipSuite,
    NoticeSourceSuite,
    OutboxSuite,
    PeopleSourceSuite,
    PolicySourceSuite,
    PrinterSourceSuite,
    PrintersSuite,
    QueueSharingSuite,
    ReleaserSuite,
    RouteSuite,
    ScannerSuite,
    ServiceSuite,
    SignInSuite,
    SpoolerSuite,
    SpoolJobsSuite,
)


class Keeping(FakeSpooler):
    async def remove(self, name: str) -> bool:
        await trio.lowlevel.checkpoint()
        return name in self.queues


class NeverReady(FakeService):
    async def run(self, host: Host) -> None:
        await trio.sleep_forever()


class Unstoppable(FakeService):
    async def run(self, host: Host) -> None:
        host.ready()
        with trio.CancelScope(shield=True):
            await trio.sleep(1.0)


class SendsFirst(FakeRoute):
    async def deliver(self, delivery: Delivery) -> Outcome:
        await delivery.sent(b"x")
        await delivery.checkpoint(b"x", what="too late")
        return Completed()


class SendsTwice(FakeRoute):
    async def recover(self, delivery: Delivery) -> Outcome | SendAgain:
        return SendAgain(why="never mind")


class DeafRoute(FakeRoute):
    async def deliver(self, delivery: Delivery) -> Outcome:
        return "printed"  # type: ignore[return-value]


class Fickle(FakeRoute):
    async def claim(self, job: Job, printer: Printer) -> Claimed:
        return None  # type: ignore[return-value]


class Moody(FakeGate):
    async def check(self, job: Job, printer: Printer) -> Any:
        return Hold(reason="some reason of mine", detail="")


class Touchy(FakeInspector):
    async def inspect(self, document: Document, ticket: bytes) -> Statistics:
        return Statistics(format="text/x-fake", pages=int((await document.read(6, 9)).decode()))


class Liar(FakeInspector):
    async def inspect(self, document: Document, ticket: bytes) -> Statistics:
        return Statistics(format="text/x-fake", pages=1, color_pages=(2,))


class Endless(FakeDiscoverer):
    async def sweep(self, request: SweepRequest) -> AsyncIterator[Sighting]:
        while True:
            yield SEEN
            await trio.sleep(0.1)


class Deafening(FakeDiscoverer):
    async def sightings(self) -> Sequence[Sighting]:
        self._changed = trio.Event()
        return await super().sightings()


class DeafeningScanner(FakeScanner):
    async def progress(self) -> Sequence[ScanProgress]:
        self._changed = trio.Event()
        return await super().progress()


class Clinging(FakeScanner):
    async def want(self, scans: Sequence[ScanOrder]) -> None:
        await super().want([*self.wanted, *scans])


class Forgetful(FakeHubLink):
    async def request(self, operation: str, payload: bytes) -> bytes:
        await super().request(operation, payload)
        return b"%d" % len(self.requests)


class Torn(FakeHubUploads):
    async def upload(
        self,
        name: str,
        body: AsyncIterator[bytes],
        *,
        size_bytes: int,
        user: str,
        rate: int = 0,
        watch: Callable[[str], None] | None = None,
    ) -> str:
        return "upload/always-the-same"


class Renaming(FakeHubUploads):
    async def upload(
        self,
        name: str,
        body: AsyncIterator[bytes],
        *,
        size_bytes: int,
        user: str,
        rate: int = 0,
        watch: Callable[[str], None] | None = None,
    ) -> str:
        return await super().upload(f"{name}/{rate}", body, size_bytes=size_bytes, user=user)


class Short(FakeHubDownloads):
    async def download(self, reference: str, *, size_bytes: int, start: int = 0) -> AsyncIterator[bytes]:
        await trio.lowlevel.checkpoint()
        yield self.uploads.get(reference, b"")[:size_bytes]


class Anew(FakeHubDownloads):
    async def download(self, reference: str, *, size_bytes: int, start: int = 0) -> AsyncIterator[bytes]:
        async for piece in super().download(reference, size_bytes=size_bytes):
            yield piece


class Trusting(FakeHubIdentity):
    async def client_context(self, authority: bytes) -> ssl.SSLContext:
        await trio.lowlevel.checkpoint()
        return ssl.create_default_context(cadata=authority.decode() + made_authority().decode())


class Unbound(FakeHubIdentity):
    async def open_envelope(self, envelope: bytes, *, document: uuid.UUID, context: bytes) -> bytes:
        await trio.lowlevel.checkpoint()
        return bytes(32)


class Believing(FakeAgentKeys):
    async def trusted(self, keys: Iterable[AgentKey]) -> Trusted:
        await trio.lowlevel.checkpoint()
        return Trusted(readers=tuple(keys))


class Pardoning(FakeAgentKeys):
    async def accept(self, agent: str, fingerprint: str) -> KnownAgent:
        self.revoked.discard(agent)
        return await super().accept(agent, fingerprint)


class Unlooking(FakeAgentKeys):
    async def accept(self, agent: str, fingerprint: str) -> KnownAgent:
        newest = next(one.fingerprint for one in (await self.book()).agents if one.agent == agent)
        return await super().accept(agent, newest)


class Generous(FakeReleaser):
    async def release(self, wish: ReleaseWish) -> Released:
        released = await super().release(wish)
        going = tuple(no.job for no in released.refused if no.job is not None)
        return attrs.evolve(released, jobs=(*released.jobs, *going), refused=())


class Sorting(FakeReleaser):
    async def release(self, wish: ReleaseWish) -> Released:
        released = await super().release(wish)
        return attrs.evolve(released, jobs=tuple(sorted(released.jobs)))


class Telling(FakeReleaser):
    async def release(self, wish: ReleaseWish) -> Released:
        released = await super().release(wish)
        told = (NotReleased(job=no.job, detail=f"{no.job in self.held}") for no in released.refused)
        return attrs.evolve(released, refused=tuple(told))


class Joiner(FakeMembership):
    async def join(self, address: str, token: str) -> Member:
        self._member = None
        return await super().join(address, token)


class Sleeper(FakeMembership):
    async def wait_changed(self) -> None:
        await trio.sleep_forever()


class Piling(FakeOutbox):
    def _put(self, entry: OutboxEntry, slot: str) -> None:
        self.entries[f"{slot} {entry.id}"] = entry


class Mute(FakeNoticeSource):
    async def push(self, topic: str) -> None:
        await super().push("something else")


class Fragile(FakeLocalApp):
    async def handle(self, request: LocalRequest) -> LocalResponse:
        return LocalResponse(body=(await request.body(1 << 20)).decode().encode())


class Splitting(FakeLocalApp):
    async def handle(self, request: LocalRequest) -> LocalResponse:
        return LocalResponse(headers=(("X", "a\r\nSet-Cookie: b"),))


class Silent(FakePolicySource):
    def change(self, *documents: bytes, keys: Any = None) -> None:
        self._changed.set()


class Shared(FakeKeyProvider):
    async def save(self, name: str, key: bytes) -> None:
        self.keys = dict.fromkeys(("suite-one", "suite-two", "suite-long", name), key.strip())


class Leaving(FakeCommand):
    def run(self, arguments: Any) -> int:
        raise SystemExit(0)


class Hoarding(FakeKeyValue):
    async def delete(self, key: str) -> None:
        await trio.lowlevel.checkpoint()


class Chatty(FakePrinters):
    def observe(self, printer: PrinterId, snapshot: Any) -> None:
        self._snapshots.clear()
        super().observe(printer, snapshot)


class Hasty(FakePrinters):
    async def wait(self, printer: PrinterId, within_s: float) -> Printer:
        return await super().wait(printer, 0.0)


class Losing(Bus):
    def publish(self, event: Any) -> None:
        if len(self._subscriptions) > 1:
            super().publish(event)


class Careless(FakeJobs):
    def open(self, new: NewJob) -> Any:
        return super().open(attrs.evolve(new, name="report.pdf"))


async def none() -> None:
    await trio.lowlevel.checkpoint()


BROKEN: dict[str, tuple[type[Any], str, Callable[[], dict[str, Any]]]] = {
    "spooler that keeps what was removed": (
        SpoolerSuite,
        "test_remove_says_whether_there_was_a_queue",
        lambda: {"spooler": Keeping(), "endpoint": FRONT.uri},
    ),
    "spooler that forgets its jobs": (
        SpoolJobsSuite, "test_a_job_is_found_by_its_uuid",
        lambda: with_a_queue(Unfindable)),
    "spooler without identities": (
        SpoolJobsSuite, "test_a_queue_of_a_device_is_a_printer_with_an_identity",
        lambda: with_a_queue(Anonymous)),
    "spooler that tells something else each time": (
        SpoolJobsSuite, "test_capabilities_are_the_same_when_nothing_changed",
        lambda: with_a_queue(Unsteady)),
    "spooler with defaults nobody offers": (
        SpoolJobsSuite, "test_options_have_values_and_a_default_among_them",
        lambda: with_a_queue(Inconsistent)),
    "spooler that tells of queues there are not": (
        SpoolJobsSuite, "test_nothing_is_told_of_a_queue_that_is_not_there",
        lambda: with_a_queue(Obliging)),
    "spooler that takes two jobs for one": (
        SpoolJobsSuite, "test_jobs_have_numbers_of_their_own",
        lambda: with_a_queue(Repeating)),
    "spooler that stops following": (
        SpoolJobsSuite, "test_a_document_prints_and_the_job_is_followed_to_its_end",
        lambda: with_a_queue(Impatient)),
    "spooler that prints what was canceled": (
        SpoolJobsSuite, "test_a_canceled_job_ends",
        lambda: with_a_queue(Deaf)),
    "spooler that invents ends": (
        SpoolJobsSuite, "test_a_job_nobody_knows_is_gone",
        lambda: with_a_queue(AllKnowing)),
    "sharing that keeps a queue back without a word": (
        QueueSharingSuite, "test_a_queue_is_shared_or_says_why_not",
        lambda: {"sharing": FakeQueueSharing([QueueShared(queue="laser")])}),
    "examiner that finds nothing at all": (
        ExaminerSuite, "test_what_it_finds_can_be_read_and_a_problem_says_what_to_do",
        lambda: {"examiner": FakeExaminer()}),
    "examiner that leaves people alone": (
        ExaminerSuite, "test_what_it_finds_can_be_read_and_a_problem_says_what_to_do",
        lambda: {"examiner": FakeExaminer([Examined(topic="clock", health=Health.PROBLEM, found="it is wrong")])}),
    "service that ignores its grace": (
        ServiceSuite, "test_it_ends_when_cancelled", lambda: {"service": Unstoppable(), "host": FakeHost()}),
    "service that is never ready": (
        ServiceSuite, "test_it_gets_ready_or_returns", lambda: {"service": NeverReady(), "host": FakeHost()}),
    "route that sends before it writes down": (
        RouteSuite, "test_it_writes_down_before_it_sends_and_completes",
        lambda: {"route": SendsFirst(), "delivery": made_delivery()}),
    "route that would print twice": (
        RouteSuite, "test_it_finds_a_delivered_job_again",
        lambda: {"route": SendsTwice(), "delivery": made_delivery()}),
    "route with no outcome": (
        RouteSuite, "test_a_person_who_cancels_is_heard", lambda: {"route": DeafRoute(), "delivery": made_delivery()}),
    "route with no claim": (
        RouteSuite, "test_it_claims_its_job_the_same_way_each_time",
        lambda: {"route": Fickle(), "delivery": made_delivery()}),
    "gate without a reason": (
        GateSuite, "test_it_lets_go_or_holds_with_a_reason", lambda: {"gate": Moody(), "job": JOB, "printer": FRONT}),
    "inspector that raises": (
        InspectorSuite, "test_a_damaged_document_has_a_problem_and_raises_nothing",
        lambda: {"inspector": Touchy(), "sound": SOUND}),
    "inspector that contradicts itself": (
        InspectorSuite, "test_a_sound_document_is_counted", lambda: {"inspector": Liar(), "sound": SOUND}),
    "discoverer without an end": (
        DiscovererSuite, "test_a_sweep_finds_the_device_and_ends_by_itself",
        lambda: {"discoverer": Endless(), "request_of_sweep": SweepRequest(duration_s=0.1)}),
    "discoverer that one look makes deaf to others": (
        DiscovererSuite, "test_everybody_who_waits_hears_of_a_sweep",
        lambda: {"discoverer": Deafening(), "request_of_sweep": SweepRequest(duration_s=0.1)}),
    "scanner that one look makes deaf to others": (
        ScannerSuite, "test_everybody_who_waits_hears_of_progress",
        lambda: {"scanner": DeafeningScanner(), "order": SCAN}),
    "scanner that cannot be stopped": (
        ScannerSuite, "test_what_is_not_wanted_is_forgotten", lambda: {"scanner": Clinging(), "order": SCAN}),
    "link that answers a repetition otherwise": (
        HubLinkSuite, "test_a_request_may_be_repeated", lambda: {"link": Forgetful(), "operation": "echo"}),
    "uploads that take torn bodies": (
        HubUploadsSuite, "test_a_body_of_another_size_is_refused", lambda: {"uploads": Torn()}),
    "uploads with one reference": (
        HubUploadsSuite, "test_an_upload_has_a_reference", lambda: {"uploads": Torn()}),
    "uploads with another reference under a cap": (
        HubUploadsSuite, "test_a_cap_changes_nothing_of_the_body", lambda: {"uploads": Renaming()}),
    "downloads that are cut": (
        HubDownloadsSuite, "test_another_size_is_refused",
        lambda: {"downloads": Short({"one": b"sealed"}), "reference": "one", "content": b"sealed"}),
    "downloads that begin anew": (
        HubDownloadsSuite, "test_it_goes_on_where_somebody_stopped",
        lambda: {"downloads": Anew({"one": b"sealed"}), "reference": "one", "content": b"sealed"}),
    "downloads of what is not there": (
        HubDownloadsSuite, "test_what_the_hub_does_not_keep_is_refused", lambda: {"downloads": Short({})}),
    "identity that trusts another authority": (
        HubIdentitySuite, "test_its_context_trusts_one_authority_alone",
        lambda: {"identity": Trusting(), "authority": made_authority()}),
    "identity that opens anything": (
        HubIdentitySuite, "test_it_opens_nothing_else", lambda: {"identity": Unbound()}),
    "keeper that believes a stranger": (
        AgentKeysSuite, "test_a_stranger_is_not_believed",
        lambda: {"keys": made_keys(Believing), "known": KNOWN}),
    "keeper that believes another key": (
        AgentKeysSuite, "test_a_known_key_is_believed_and_no_other_for_that_agent",
        lambda: {"keys": made_keys(Believing), "known": KNOWN}),
    "keeper that believes a changed key": (
        AgentKeysSuite, "test_a_changed_key_waits_for_a_person",
        lambda: {"keys": made_keys(Believing), "changed": CHANGED}),
    "keeper that accepts a key nobody compared": (
        AgentKeysSuite, "test_a_changed_key_waits_for_a_person",
        lambda: {"keys": made_keys(Unlooking), "changed": CHANGED}),
    "keeper that lets who is shut out in again": (
        AgentKeysSuite, "test_who_is_shut_out_gets_nothing_and_cannot_be_accepted",
        lambda: {"keys": made_keys(Pardoning), "revoked": REVOKED}),
    "releaser of the jobs of others": (
        ReleaserSuite, "test_nobody_releases_what_belongs_to_others",
        lambda: {"releaser": made_releaser(Generous), "user": "ada", "at": "point", "theirs": THEIRS}),
    "releaser that tells which jobs there are": (
        ReleaserSuite, "test_nobody_releases_what_belongs_to_others",
        lambda: {"releaser": made_releaser(Telling), "user": "ada", "at": "point", "theirs": THEIRS}),
    "releaser without an order": (
        ReleaserSuite, "test_jobs_go_in_the_order_they_were_asked_for",
        lambda: {"releaser": made_releaser(Sorting), "user": "ada", "at": "point", "mine": MINE}),
    "membership that joins twice": (
        MembershipSuite, "test_it_joins_once_and_leaves",
        lambda: {"membership": Joiner(), "address": "https://hub.example", "token": "once"}),
    "membership that wakes nobody": (
        MembershipSuite, "test_a_change_wakes_whoever_waits",
        lambda: {"membership": Sleeper(), "address": "https://hub.example", "token": "once"}),
    "source of printers that keeps its change": (
        PrinterSourceSuite, "test_a_change_is_not_lost",
        lambda: {"source": FakePrinterSource([FRONT]), "change": none}),
    "source of people that keeps its change": (
        PeopleSourceSuite, "test_a_change_is_not_lost",
        lambda: {"source": FakePeopleSource([ADA]), "change": none}),
    "sign-in that grants nothing": (
        SignInSuite, "test_a_code_is_asked_about_until_it_is_granted",
        lambda: {"sign_in": FakeSignIn(), "address": "", "approve": none}),
    "outbox that keeps every change of a job": (
        OutboxSuite, "test_a_job_has_one_entry_while_jobs_are_watched",
        lambda: {"jobs": (jobs := FakeJobs()), "outbox": Piling(jobs), "printer": FRONT.id}),
    "outbox that removes by slot": (
        OutboxSuite, "test_a_slot_has_one_entry_the_newest", lambda: {"outbox": Piling(FakeJobs())}),
    "source with other topics": (
        NoticeSourceSuite, "test_a_notice_arrives", lambda: {"source": (mute := Mute()), "push": mute.push}),
    "source that outlives its link": (
        NoticeSourceSuite, "test_the_stream_ends_with_the_link",
        lambda: {"source": FakeNoticeSource(), "break_link": none}),
    "app that raises": (
        LocalAppSuite, "test_a_body_of_nonsense_is_answered", lambda: {"app": Fragile(), "good_request": GOOD}),
    "app that lets headers be split": (
        LocalAppSuite, "test_a_good_request_is_answered_well_each_time",
        lambda: {"app": Splitting(), "good_request": GOOD}),
    "source that keeps its change": (
        PolicySourceSuite, "test_a_change_wakes_whoever_waits",
        lambda: {"source": (silent := Silent([b"one"])), "change": changing(silent)}),
    "provider with one key for all": (
        KeyProviderSuite, "test_each_name_has_its_own_key_and_the_last_one_counts", lambda: {"provider": Shared()}),
    "provider that strips keys": (
        KeyProviderSuite, "test_a_key_that_is_too_long_is_refused", lambda: {"provider": Shared()}),
    "command that leaves": (CommandSuite, "test_help_succeeds", lambda: {"command": Leaving()}),
    "values that stay": (KeyValueSuite, "test_what_was_deleted_is_gone", lambda: {"values": Hoarding()}),
    "printers with no news": (
        PrintersSuite, "test_a_look_is_kept_and_told_when_it_differs",
        lambda: {"printers": Chatty(bus := Bus(), [FRONT]), "bus": bus, "printer": FRONT}),
    "printers nobody waits for": (
        PrintersSuite, "test_a_printer_on_its_way_is_waited_for",
        lambda: {"printers": (hasty := Hasty(Bus(), [FRONT])), "printer": FRONT, "add": hasty.add}),
    "bus that loses": (EventBusSuite, "test_a_closed_subscription_ends", lambda: {"bus": Losing()}),
    "jobs under other names": (
        JobsSuite, "test_a_job_begins_receiving_and_is_accepted_whole",
        lambda: {"jobs": Careless(), "printer": FRONT.id}),
}  # fmt: skip


@pytest.mark.anyio
@pytest.mark.parametrize("case", BROKEN)
async def test_a_suite_fails_what_breaks_its_contract(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (
        "_expectations",
        "_service_suite",
        "_hub_suite",
        "_policy_source_suite",
        "_printer_source_suite",
        "_membership_suite",
    ):
        monkeypatch.setattr(f"tympan.testing.{module}.ANSWER_S", 0.5)
    for module in ("_expectations", "_discoverer_suite"):
        monkeypatch.setattr(f"tympan.testing.{module}.END_S", 0.3)
    suite, test, fixtures = BROKEN[case]
    with pytest.raises((AssertionError, ValueError)):
        found = getattr(suite(), test)(**fixtures())
        if inspect.isawaitable(found):
            await found


def test_every_port_has_a_fake_and_a_suite_that_is_shown_to_fail() -> None:
    for kind in HOOKS.values():
        assert hasattr(tympan.testing, f"Fake{kind.__name__}"), f"no fake {kind.__name__}"
        assert hasattr(tympan.testing, f"{kind.__name__}Suite"), f"no suite for {kind.__name__}"
    suites = {name for name in tympan.testing.__all__ if name.endswith("Suite")}
    assert suites == {suite.__name__ for suite, _, _ in BROKEN.values()}


def test_the_bus_is_an_event_bus() -> None:
    bus: EventBus = Bus()
    with bus.subscribe() as events:
        assert events.missed == 0
