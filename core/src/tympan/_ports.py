"""Ports: what plugins offer, and the host they receive, as typed protocols.

- Ports are called by the kernel, one plugin at a time, each call under a deadline.
- Refusing is a return value (``NotMine``, ``Hold``, ``Deferred`` …); an exception is a fault charged to the plugin.
- Every ``async`` method may be cancelled at any wait and must let ``trio.Cancelled`` pass.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from enum import StrEnum
from typing import Protocol, TypeVar, runtime_checkable

import attrs

from tympan._events import Event
from tympan._ids import CapabilityKey, PluginId, PrinterId
from tympan._values import DeviceSnapshot, Job, NewJob, Printer, Statistics, TimelineEntry

# ---------------------------------------------------------------------------------------------- documents


@attrs.frozen(kw_only=True)
class SharedDocument:
    """All a worker process needs to open a sealed document itself; handed over a pipe, never written down.

    Attributes:
        key: The document's 256-bit key.
        document: The uuid it is sealed under.
        path: The sealed file; "" when the sealed bytes are in ``inline``.
        inline: The sealed bytes of a small document.
        size_bytes: Plain length.
    """

    key: bytes
    document: uuid.UUID
    path: str = ""
    inline: bytes = b""
    size_bytes: int = 0


class Document(Protocol):
    """A sealed document, readable in memory only, chunk by verified chunk."""

    @property
    def size_bytes(self) -> int:
        """Plain length."""

    @property
    def media_type(self) -> str:
        """As declared by the sender."""

    def stream(self) -> AsyncIterator[bytes]:
        """The plain bytes from the first to the last, in pieces of at most 1 MiB."""

    async def read(self, offset: int, count: int) -> bytes:
        """``count`` plain bytes from ``offset``, fewer at the end. Only the chunks touched are opened."""

    def share(self) -> SharedDocument:
        """What a worker process needs to read it."""


# ---------------------------------------------------------------------------------------------- routes


@attrs.frozen(kw_only=True)
class Claimed:
    """The route takes this job. ``note`` is a few words for the timeline."""

    note: str = ""


@attrs.frozen(kw_only=True)
class NotMine:
    """The route does not take this job, and why."""

    reason: str


@attrs.frozen(kw_only=True)
class Completed:
    """The device says it printed the job. ``impressions`` as it counted them, None when it does not count."""

    impressions: int | None = None
    detail: str = ""


@attrs.frozen(kw_only=True)
class Aborted:
    """The job is over without being (wholly) printed; trying again would not help. ``reason`` is an IPP keyword."""

    reason: str
    detail: str


@attrs.frozen(kw_only=True)
class CanceledAtDevice:
    """Somebody canceled the job at the device."""

    detail: str = ""


@attrs.frozen(kw_only=True)
class Deferred:
    """Nothing was printed and nothing will be by itself: try the whole delivery again later.

    Attributes:
        reason: IPP keyword for the queue, such as ``offline-report`` or ``printer-stopped``.
        detail: The same as a sentence for the user.
        retry_after_s: Seconds until the next try; None lets the kernel back off. A newer look at the device ends
            the wait early.
    """

    reason: str
    detail: str
    retry_after_s: float | None = None


@attrs.frozen(kw_only=True)
class LostTrack:
    """It cannot be told whether the device printed it: a person decides."""

    detail: str


@attrs.frozen(kw_only=True)
class SendAgain:
    """``recover`` found that nothing of the earlier attempt was or will be printed."""

    why: str


Outcome = Completed | Aborted | CanceledAtDevice | Deferred | LostTrack
"""How a delivery ended."""


class Delivery(Protocol):
    """One attempt to deliver one job; given to a route by the kernel."""

    @property
    def job(self) -> Job:
        """The job as it stands now."""

    @property
    def printer(self) -> Printer:
        """Where it goes."""

    @property
    def document(self) -> Document:
        """What to deliver."""

    @property
    def evidence(self) -> bytes:
        """What was last written down with ``checkpoint``; b"" when nothing."""

    @property
    def cancel_requested(self) -> bool:
        """Whether a person asked to cancel; the route should stop at the device and say ``CanceledAtDevice``."""

    async def wait_cancel_requested(self) -> None:
        """Returns when a person asks to cancel the job."""

    async def checkpoint(self, evidence: bytes, *, what: str, why: str = "", then: str = "") -> None:
        """Makes ``evidence`` (at most 4 KiB) durable, with a line in the timeline, before it returns.

        A route calls it before a step that cannot be taken back, so that after a crash ``recover`` can find the job.
        b"" says: nothing of this attempt is at the device.
        """

    async def sent(self, evidence: bytes, *, what: str = "sent to the device") -> None:
        """The last byte left: moves the job to ``printing``, durably."""

    async def note(self, what: str, *, why: str = "", then: str = "") -> None:
        """Adds a line to the timeline."""

    def progress(self, *, impressions_completed: int | None = None, reason: str = "none", detail: str = "") -> None:
        """Says how far it is and what the device waits for; shown live, not durable."""


@runtime_checkable
class Route(Protocol):
    """Takes jobs to where they are printed."""

    async def claim(self, job: Job, printer: Printer) -> Claimed | NotMine:
        """Says whether this route takes the job. Cheap: no network."""

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Delivers and follows the job to its true end at the device."""

    async def recover(self, delivery: Delivery) -> Outcome | SendAgain:
        """Called instead of ``deliver`` when an earlier attempt left evidence: finds the job at the device and follows
        it to its end, or shows that it may be sent again.
        """


# ---------------------------------------------------------------------------------------------- gates and inspectors


@attrs.frozen(kw_only=True)
class Go:
    """The job may go on now."""


@attrs.frozen(kw_only=True)
class Hold:
    """The job is held. ``reason`` is an IPP keyword; ``until`` is when it expires, UTC, or None."""

    reason: str
    detail: str
    until: dt.datetime | None = None


@runtime_checkable
class Gate(Protocol):
    """Decides whether a job may go on now."""

    async def check(self, job: Job, printer: Printer) -> Go | Hold:
        """Asked when a job is received and when it is released."""


@runtime_checkable
class Inspector(Protocol):
    """Reads statistics of documents."""

    @property
    def media_types(self) -> frozenset[str]:
        """What it reads. The kernel asks it for documents declared so, and for ``application/octet-stream``."""

    async def inspect(self, document: Document, ticket: bytes) -> Statistics:
        """Statistics of ``document`` as ordered by ``ticket``. A damaged one gives ``problem``, not an exception."""


# ---------------------------------------------------------------------------------------------- the OS spooler


class QueueState(StrEnum):
    """State of a queue of the operating system."""

    IDLE = "idle"
    PROCESSING = "processing"
    STOPPED = "stopped"


@attrs.frozen(kw_only=True)
class Queue:
    """A print queue of the operating system.

    Attributes:
        name: Its name there.
        uri: Where it sends to.
        info: Its description.
        location: For people.
        state: Its state.
        reasons: IPP ``printer-state-reasons`` keywords.
        accepting: Whether it takes jobs.
        usable: Whether it is proved to work (CUPS: a PPD or driver exists, so that options and formats are handled).
        ours: Whether it leads to this agent.
    """

    name: str
    uri: str
    info: str = ""
    location: str = ""
    state: QueueState = QueueState.IDLE
    reasons: tuple[str, ...] = ()
    accepting: bool = True
    usable: bool = True
    ours: bool = False


@attrs.frozen(kw_only=True)
class QueueRequest:
    """A queue to be made: ``name`` as the spooler allows it, ``uri`` of the endpoint it prints to."""

    name: str
    uri: str
    info: str = ""
    location: str = ""


class QueueChange(StrEnum):
    """What happened to a queue."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@attrs.frozen(kw_only=True)
class QueueEvent:
    """A queue changed; ``name`` may be asked for again with ``list_queues``."""

    name: str
    change: QueueChange


@runtime_checkable
class Spooler(Protocol):
    """The operating system's spooler."""

    async def install(self, request: QueueRequest) -> Queue:
        """Makes the queue, or brings an existing one of that name up to date, and proves it usable.

        Raises:
            TympanError: It could not be made or is not usable; nothing half-made is left behind.
        """

    async def remove(self, name: str) -> bool:
        """Removes the queue. False when there was none."""

    async def list_queues(self) -> tuple[Queue, ...]:
        """All queues, ours and others."""

    def watch(self) -> AsyncIterator[QueueEvent]:
        """Changes from now on, until cancelled."""

    async def print_document(
        self, name: str, document: AsyncIterator[bytes], *, title: str, media_type: str, options: Mapping[str, str]
    ) -> int:
        """Prints on a queue. Returns the spooler's job number."""


# ---------------------------------------------------------------------------------------------- the loopback site


class LocalCaller(StrEnum):
    """Who may call an application on the loopback listener."""

    SPOOLER = "spooler"
    """The OS spooler or the desktop's user, known by the peer's credentials where the system tells them."""
    TOKEN = "token"
    """The command line and the tray, by the 0600 token of the state folder."""
    PORTAL = "portal"
    """The portal's page in a browser, by origin and pairing."""


class LocalRequest(Protocol):
    """What an application sees of an HTTP request (RFC 9110)."""

    @property
    def method(self) -> str:
        """The method, such as GET or POST."""

    @property
    def path(self) -> str:
        """Path without query."""

    @property
    def query(self) -> str:
        """Query without '?', "" when none."""

    def header(self, name: str) -> str | None:
        """A header's value by its name in any case."""

    def stream(self) -> AsyncIterator[bytes]:
        """The body, piece by piece."""

    async def body(self, limit_bytes: int) -> bytes:
        """The whole body; too large is answered with 413."""


@attrs.frozen(kw_only=True)
class LocalResponse:
    """What an application answers."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | AsyncIterator[bytes] = b""


@runtime_checkable
class LocalApp(Protocol):
    """An application mounted on the loopback listener."""

    @property
    def prefix(self) -> str:
        """Path it is mounted at, such as ``/ipp/print``; requests to it and below it come here."""

    @property
    def callers(self) -> frozenset[LocalCaller]:
        """Who may call it; the site checks before the application sees anything."""

    async def handle(self, request: LocalRequest) -> LocalResponse:
        """Answers a request."""


# ---------------------------------------------------------------------------------------------- discovery and the hub


@attrs.frozen(kw_only=True)
class Sighting:
    """This agent saw a device by a method at a time; untrusted until an administrator makes a printer of it."""

    method: str
    uri: str
    seen_at: dt.datetime
    device_uuid: str = ""
    name: str = ""
    make_and_model: str = ""
    attributes: Mapping[str, str] = attrs.field(factory=dict, hash=False)


@attrs.frozen(kw_only=True)
class SweepRequest:
    """Where to look (``ranges`` for those that sweep addresses) and for how long, in seconds."""

    ranges: tuple[str, ...] = ()
    duration_s: float = 10.0


@runtime_checkable
class Discoverer(Protocol):
    """Looks for devices."""

    def sweep(self, request: SweepRequest) -> AsyncIterator[Sighting]:
        """Sightings as they come; ends by itself after ``duration_s``."""


@runtime_checkable
class HubLink(Protocol):
    """Requests and uploads to the hub."""

    async def request(self, operation: str, payload: bytes) -> bytes:
        """One request; the same operation and payload may be repeated safely."""

    async def upload(self, name: str, body: AsyncIterator[bytes], *, size_bytes: int) -> str:
        """Uploads a sealed body, resumable; returns its reference at the hub."""


@attrs.frozen(kw_only=True)
class Notice:
    """The hub says: look again at ``topic``."""

    topic: str


@runtime_checkable
class NoticeSource(Protocol):
    """A stream of notices."""

    def notices(self) -> AsyncIterator[Notice]:
        """Notices until cancelled; ends when the link breaks."""


# ---------------------------------------------------------------------------------------------- policy, keys, commands


@runtime_checkable
class PolicySource(Protocol):
    """Brings signed policy documents."""

    async def documents(self) -> Sequence[bytes]:
        """Signed documents (DSSE envelopes) as they stand; the kernel verifies them."""

    async def wait_changed(self) -> None:
        """Returns when ``documents`` may give others."""


@runtime_checkable
class KeyProvider(Protocol):
    """Keeps keys."""

    async def load(self, name: str) -> bytes | None:
        """The key called ``name``, None when there is none."""

    async def save(self, name: str, key: bytes) -> None:
        """Keeps ``key`` (at most 2 KiB) under ``name``."""


@runtime_checkable
class Command(Protocol):
    """A command added to ``tympan``."""

    @property
    def name(self) -> str:
        """As typed."""

    @property
    def summary(self) -> str:
        """One line."""

    def run(self, arguments: Sequence[str]) -> int:
        """Runs it and returns an exit status of the documented table."""


# ---------------------------------------------------------------------------------------------- the host


class Settings(Protocol):
    """A plugin's settings, typed and checked against its manifest."""

    def integer(self, name: str) -> int:
        """A setting of type integer."""

    def number(self, name: str) -> float:
        """A setting of type number."""

    def text(self, name: str) -> str:
        """A setting of type text."""

    def flag(self, name: str) -> bool:
        """A setting of type flag."""

    def texts(self, name: str) -> tuple[str, ...]:
        """A setting of type texts."""


_P = TypeVar("_P")


class Subscription(Protocol):
    """Events in the order they were published; leave by ``close`` or by leaving the ``with`` block."""

    @property
    def missed(self) -> int:
        """How many events did not fit since the last look; look at everything again when it grew."""

    async def receive(self) -> Event:
        """The next event."""

    def __aiter__(self) -> AsyncIterator[Event]:
        """Events until closed."""

    def __enter__(self) -> Subscription:
        """Itself."""

    def __exit__(self, *details: object) -> None:
        """Ends it."""

    def close(self) -> None:
        """Ends it."""


class EventBus(Protocol):
    """Typed publish and subscribe."""

    def publish(self, event: Event) -> None:
        """Never blocks."""

    def subscribe(self, *kinds: type[Event], size: int = 64) -> Subscription:
        """Events of these types from now on, at most ``size`` waiting."""


class Intake(Protocol):
    """A job being received: sealed as it comes."""

    @property
    def job(self) -> Job:
        """The job, state ``receiving``."""

    def declare(self, media_type: str) -> None:
        """Says what the document is, where that is known only after the job was begun (IPP Send-Document)."""

    async def write(self, data: bytes) -> None:
        """Seals and keeps the next bytes of the document."""

    async def commit(self) -> Job:
        """Ends the document and makes document and record durable before it returns. Nothing is accepted before.

        Raises:
            StoreError: The disk is full or cannot be written; the job is gone and may be sent again.
        """

    async def abandon(self, why: str) -> None:
        """The sender gave up or sent nonsense: erases what came, keeps the story."""


class Jobs(Protocol):
    """Jobs, as far as plugins may deal with them."""

    def open(self, new: NewJob) -> Intake:
        """Begins a job. Raises ``Overloaded`` past the limit of open jobs, ``NotFound`` for no such printer."""

    def get(self, number: int) -> Job | None:
        """A job by its number."""

    def find(self, job: uuid.UUID) -> Job | None:
        """A job by its uuid."""

    def of_printer(self, printer: PrinterId) -> tuple[Job, ...]:
        """Jobs of a printer, oldest first: all that are not over, and those lately over."""

    def all(self) -> tuple[Job, ...]:
        """All jobs that are not over, and those lately over, oldest first."""

    async def cancel(self, job: uuid.UUID, *, by: str) -> Job:
        """Cancels a job, at the device too when it is already there. A finished job raises ``IllegalStep``."""

    async def hold(self, job: uuid.UUID, *, by: str) -> Job:
        """Holds a job that is not being sent yet."""

    async def release(self, job: uuid.UUID, *, by: str) -> Job:
        """Lets a held job go on, or an unknown one be printed again."""

    async def settle(self, job: uuid.UUID, *, by: str) -> Job:
        """A person says that an unknown job was printed."""

    async def timeline(self, job: uuid.UUID) -> tuple[TimelineEntry, ...]:
        """A job's story, oldest first. Raises ``NotFound``."""

    def document(self, job: uuid.UUID) -> Document:
        """A job's document, readable while the job is not over. Raises ``NotFound``."""


class Printers(Protocol):
    """Printers of this agent and what was last seen of their devices."""

    def all(self) -> tuple[Printer, ...]:
        """In the order they were added."""

    def get(self, printer: PrinterId) -> Printer | None:
        """One by id."""

    def snapshot(self, printer: PrinterId) -> DeviceSnapshot | None:
        """What was last seen of its device; None when it was never asked. Survives a restart."""

    def observe(self, printer: PrinterId, snapshot: DeviceSnapshot) -> None:
        """A route saw the device: keeps the snapshot and publishes ``DeviceChanged`` when it differs."""

    def want(self, printer: PrinterId) -> None:
        """Asks whoever watches the device for a newer look (publishes ``DeviceWanted``)."""

    def pin(self, printer: PrinterId, fingerprint: str) -> None:
        """Pins the device's certificate seen at first use."""


class KeyValue(Protocol):
    """A plugin's own small durable values, sealed on disk."""

    async def get(self, key: str) -> bytes | None:
        """The value kept under ``key``."""

    async def put(self, key: str, value: bytes) -> None:
        """Keeps ``value`` (at most 64 KiB), durable when it returns."""

    async def delete(self, key: str) -> None:
        """Forgets it."""


@runtime_checkable
class Service(Protocol):
    """A long-running task under the supervisor."""

    async def run(self, host: Host) -> None:
        """Runs until cancelled. Calls ``host.ready()`` once it serves. Returning early is fine; raising restarts it
        with back-off.
        """


class Host(Protocol):
    """What a plugin receives: the narrow side of the kernel."""

    @property
    def plugin(self) -> PluginId:
        """Whose host this is."""

    @property
    def settings(self) -> Settings:
        """Its settings."""

    @property
    def bus(self) -> EventBus:
        """Events."""

    @property
    def jobs(self) -> Jobs:
        """Jobs. Needs the permission ``jobs``."""

    @property
    def printers(self) -> Printers:
        """Printers. Needs the permission ``printers``."""

    @property
    def state(self) -> KeyValue:
        """Its own durable values."""

    @property
    def control(self) -> Control:
        """The kernel's controls for people. Needs the permission ``control``."""

    def ports(self, kind: type[_P]) -> tuple[_P, ...]:
        """Ports of one kind that running plugins offer now. ``PortsChanged`` tells when to ask again."""

    def allowed(self, key: CapabilityKey) -> bool:
        """Whether policy has a capability on for this machine's user."""

    def now(self) -> dt.datetime:
        """Wall clock, UTC."""

    def ready(self) -> None:
        """The service serves: plugins that require its capability may start."""

    def log(self, message: str, **fields: object) -> None:
        """Writes to the agent's log under the plugin's name. Never a document's or a key's bytes."""

    def start_service(self, name: str, service: Service) -> None:
        """Starts one more task under the supervisor, in the plugin's own scope."""


class Control(Protocol):
    """What the command line and the tray may ask of the kernel; answers are JSON-ready."""

    async def ask(self, operation: str, arguments: Mapping[str, object]) -> object:
        """Runs one operation of ``docs/reference/control.md`` and returns its JSON-ready answer.

        Raises:
            TympanError: With cause and next step.
        """

    @property
    def token(self) -> str:
        """The secret of the state folder that callers of kind ``token`` must show."""

    def announce(self, port: int) -> None:
        """Tells the command line (through the state folder) where the loopback site listens."""

    def withdraw(self) -> None:
        """The loopback site no longer listens."""


@attrs.frozen(kw_only=True)
class Contribution:
    """Something a plugin offers.

    Attributes:
        port: An object that satisfies one of the protocols here.
        name: Unique among the plugin's contributions of that hook, for logs.
        capability: The capability that switches it; None means the plugin's first.
    """

    port: object
    name: str = "main"
    capability: CapabilityKey | None = None
