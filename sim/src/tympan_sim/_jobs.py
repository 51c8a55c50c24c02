"""Jobs: one job as the device knows it, and the table of the states it may go through (RFC 8011 section 5.3.7)."""

import uuid
from pathlib import Path

import attrs

from tympan_wire.ipp import Attribute, JobState

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.PENDING: frozenset({JobState.PENDING_HELD, JobState.PROCESSING, JobState.CANCELED, JobState.ABORTED}),
    JobState.PENDING_HELD: frozenset({JobState.PENDING, JobState.CANCELED, JobState.ABORTED}),
    JobState.PROCESSING: frozenset(
        {JobState.PROCESSING_STOPPED, JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED}
    ),
    JobState.PROCESSING_STOPPED: frozenset({JobState.PROCESSING, JobState.CANCELED, JobState.ABORTED}),
    JobState.CANCELED: frozenset(),
    JobState.ABORTED: frozenset(),
    JobState.COMPLETED: frozenset(),
}
"""Where a job may go from each state."""

FINISHED = frozenset(state for state, after in TRANSITIONS.items() if not after)
RUNNING = frozenset({JobState.PROCESSING, JobState.PROCESSING_STOPPED})


@attrs.frozen(kw_only=True)
class Document:
    """A document that has arrived whole.

    Attributes:
        format: media type as claimed by the client.
        bytes: decompressed.
        sha256: hex, of the decompressed bytes.
        pages: in the document, at least 1.
        file: where it is kept, if it is.
    """

    format: str
    bytes: int
    sha256: str
    pages: int
    file: Path | None = None


@attrs.define(kw_only=True)
class DeviceJob:
    """One job on the device; times are printer-up-time seconds.

    Attributes:
        id: job-id.
        name: job-name.
        user: job-originating-user-name.
        ticket: the job attributes as the client sent them.
        created_s: time-at-creation.
        deadline_s: an unclosed job is aborted at this up-time.
        copies: from the ticket.
        format: document-format, known once the document is announced.
        uuid: job-uuid.
        state: job-state; changed through `step`.
        reasons: job-state-reasons.
        processing_s: time-at-processing, None until then.
        completed_s: time-at-completed, None until then.
        document: once it has arrived.
        receiving: whether document bytes are arriving now.
        closed: whether no further document can come.
        impressions: sides to print.
        printed: job-impressions-completed.
    """

    id: int
    name: str
    user: str
    ticket: tuple[Attribute, ...]
    created_s: int
    deadline_s: float
    copies: int = 1
    format: str = ""
    uuid: str = attrs.field(factory=lambda: uuid.uuid4().urn)
    state: JobState = JobState.PENDING
    reasons: tuple[str, ...] = ("job-incoming",)
    processing_s: int | None = None
    completed_s: int | None = None
    document: Document | None = None
    receiving: bool = False
    closed: bool = False
    impressions: int = 0
    printed: int = 0

    @property
    def finished(self) -> bool:
        """Whether it is in a terminal state."""
        return self.state in FINISHED

    @property
    def ready(self) -> bool:
        """Whether it can be printed now."""
        return self.state is JobState.PENDING and self.closed and not self.receiving

    def step(self, state: JobState, reason: str = "none") -> None:
        """Go to a state.

        Raises:
            ValueError: The table does not allow it; nothing changed.
        """
        if state not in TRANSITIONS[self.state]:
            raise ValueError(f"a job cannot go from {self.state.name} to {state.name}")
        self.state = state
        self.reasons = (reason,)
