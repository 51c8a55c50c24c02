"""Jobs and printers, as far as plugins may deal with them."""

from __future__ import annotations

import uuid
from typing import Protocol

from tympan._ids import PrinterId
from tympan._ports._documents import Document
from tympan._ports._gates import Hold
from tympan._ports._routes import Aborted, CanceledAtDevice, Completed
from tympan._values import DeviceSnapshot, Job, NewJob, Printer, TimelineEntry


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

    async def hold(self, job: uuid.UUID, *, by: str, terms: Hold | None = None) -> Job:
        """Holds a job that is not being sent yet; with ``terms`` as a gate would, and it may expire."""

    async def release(
        self, job: uuid.UUID, *, by: str, to: PrinterId | None = None, ticket: bytes | None = None
    ) -> Job:
        """Lets a held job go on, or an unknown one be printed again. Jobs come out in the order they are released in.

        Args:
            job: Which.
            by: Who asked for it, for its story.
            to: The device it shall come out at; None for that of its own printer.
            ticket: Its ticket from now on; None leaves it.

        Raises:
            IllegalStep: A gate holds it, or it cannot come out there.
        """

    async def settle(self, job: uuid.UUID, *, by: str) -> Job:
        """A person says that an unknown job was printed."""

    async def learn(self, job: uuid.UUID, end: Completed | Aborted | CanceledAtDevice) -> Job:
        """The true end of a job whose end was unknown: those who printed it were heard of after all.

        Raises:
            IllegalStep: Its end is known, or somebody lets it be printed again.
        """

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

    async def wait(self, printer: PrinterId, within_s: float) -> Printer:
        """One by id, which may be on its way, such as from a hub.

        Raises:
            NotFound: It did not come within so many seconds.
        """

    def snapshot(self, printer: PrinterId) -> DeviceSnapshot | None:
        """What was last seen of its device; None when it was never asked. Survives a restart."""

    def observe(self, printer: PrinterId, snapshot: DeviceSnapshot) -> None:
        """A route saw the device: keeps the snapshot and publishes ``DeviceChanged`` when it differs."""

    def want(self, printer: PrinterId) -> None:
        """Asks whoever watches the device for a newer look (publishes ``DeviceWanted``)."""

    def pin(self, printer: PrinterId, fingerprint: str) -> None:
        """Pins the device's certificate seen at first use."""
