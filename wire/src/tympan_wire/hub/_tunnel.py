"""The tunnel between agent and hub: a job that goes sealed through the hub to an agent on the device's network.

- A crossing is one job's way through the hub. It is leased to one agent at a time, under a fence that grows with every
  lease; a word under an older fence changes nothing.
- Who holds a lease may fetch and open the document. It may let the device have it only after the hub took its word
  `CrossingStep.BEGIN`: from then on no other agent is ever given the crossing.
- The document is ciphertext to the hub; its key lies in envelopes, one for each agent that may print it.
"""

from enum import StrEnum
from uuid import UUID

from attrs import frozen

from tympan_wire.hub._releases import MirroredJob, MirrorEnvelope, Reader


class TunnelUse(StrEnum):
    """When a printer's jobs go through the hub."""

    FALLBACK = "fallback"
    """While the device does not answer this agent."""
    ALWAYS = "always"


@frozen(kw_only=True)
class TunnelRules:
    """How an agent sends a printer's jobs through the hub.

    Attributes:
        use: When.
        readers: For whom a document's key is enveloped: agents that reach the device.
        bytes_most: Of one sealed document.
        keep_s: How long the hub keeps a document that nobody printed, seconds.
        rate: Bytes a second an agent may upload for the tunnel; 0 for as fast as it goes.
    """

    use: TunnelUse
    readers: tuple[Reader, ...] = ()
    bytes_most: int = 1 << 30
    keep_s: int = 86_400
    rate: int = 0


class CrossingState(StrEnum):
    """Where a crossing stands."""

    ABSENT = "absent"
    """The hub knows of none for this job: nothing of it was or will be printed."""
    WAITING = "waiting"
    """For an agent to take it."""
    TAKEN = "taken"
    """An agent holds its lease and may print nothing yet."""
    BEGUN = "begun"
    """Its agent may have given it to the device."""
    COMPLETED = "completed"
    ABORTED = "aborted"
    CANCELED = "canceled"
    EXPIRED = "expired"
    """Nobody printed it in its time; nothing of it was or will be printed."""
    LOST = "lost"
    """Its agent began with it and never told the end: a person decides."""


@frozen(kw_only=True)
class CrossingOffer:
    """A job's sealed document is uploaded, and shall be printed by one of those who have an envelope.

    Repeating it changes nothing; with more envelopes it adds them.

    Attributes:
        job: Which job; it is its sender's.
        printer: Where it shall come out: the printer's id.
        upload: The finished upload.
        note: A `HeldNote`, sealed with the document's key, base64.
        envelopes: The document's key for each agent that may print it.
    """

    job: UUID
    printer: str
    upload: str
    note: str
    envelopes: tuple[MirrorEnvelope, ...]


@frozen(kw_only=True)
class CrossingStanding:
    """How a job that this agent sent through the hub fares.

    Attributes:
        job: Which.
        state: Where it stands.
        by: The agent that has it, for people; "" while nobody has.
        impressions: Printed so far, None when the device does not count.
        reason: IPP ``job-state-reasons`` keyword, or ``none``.
        detail: The same as a sentence.
        missing: Agents that may print it and have no envelope yet.
    """

    job: UUID
    state: CrossingState
    by: str = ""
    impressions: int | None = None
    reason: str = "none"
    detail: str = ""
    missing: tuple[Reader, ...] = ()


@frozen(kw_only=True)
class CrossingsQuestion:
    """Asks how jobs fare that this agent sent through the hub."""

    jobs: tuple[UUID, ...]


@frozen(kw_only=True)
class CrossingStandings:
    """How they fare, in the order asked."""

    standings: tuple[CrossingStanding, ...]


@frozen(kw_only=True)
class CrossingCancel:
    """Its owner wants a job no more. One that was not begun is over with the answer."""

    job: UUID


@frozen(kw_only=True)
class CrossingEnvelopes:
    """Envelopes for agents that joined later, from one that holds the document's key.

    Attributes:
        job: Which job.
        envelopes: For each of them.
    """

    job: UUID
    envelopes: tuple[MirrorEnvelope, ...]


@frozen(kw_only=True)
class CrossingHeld:
    """A crossing this agent has under lease."""

    id: UUID
    fence: int


@frozen(kw_only=True)
class TunnelRequest:
    """An agent's look at the tunnel: it keeps its leases and asks for more. To be told of a crossing is to have it.

    Attributes:
        held: Crossings it has under lease and has not begun, all of them each time; this keeps their leases.
        room: How many more it takes; 0 only keeps leases.
    """

    held: tuple[CrossingHeld, ...] = ()
    room: int = 0


@frozen(kw_only=True)
class CrossingOrder:
    """Fetch this job and ask to begin.

    Attributes:
        id: Of the crossing.
        fence: Of this lease.
        job: Which job.
        printer: Where it shall come out: the printer's id.
        by: Whose it is, for its story.
        copy: Where its document is, with the key for this agent.
    """

    id: UUID
    fence: int
    job: UUID
    printer: str
    by: str = ""
    copy: MirroredJob


@frozen(kw_only=True)
class EnvelopesWanted:
    """A waiting job that agents which joined later have no envelope for. Its key is in the envelope, for this agent.

    Attributes:
        job: Which job.
        printer: Its printer's id.
        envelope: The document's key for this agent, base64.
        missing: Who lacks one.
    """

    job: UUID
    printer: str
    envelope: str
    missing: tuple[Reader, ...]


@frozen(kw_only=True)
class Tunnel:
    """What the tunnel has for this agent.

    Attributes:
        orders: Crossings it has now and did not say it held.
        gone: Of those it said it held: not its own any more. It prints nothing of them.
        begun: Crossings it was allowed to begin, whose end it did not report yet.
        look_s: After how many seconds it shall look again while it holds a lease.
        wanted: Envelopes it shall make for others; some at a time.
    """

    orders: tuple[CrossingOrder, ...] = ()
    gone: tuple[UUID, ...] = ()
    begun: tuple[CrossingHeld, ...] = ()
    look_s: int = 3
    wanted: tuple[EnvelopesWanted, ...] = ()


class CrossingStep(StrEnum):
    """What an agent says of a crossing."""

    BEGIN = "begin"
    """It has all of the document and asks whether the device may have it."""
    GIVE_BACK = "give-back"
    """It cannot print it now: another agent may."""
    REFUSE = "refuse"
    """Nobody can print it: its document is not what was sealed, or the device never takes it. Of one it began: it knows
    nothing of it any more, and nobody can tell its end."""


@frozen(kw_only=True)
class CrossingWord:
    """What an agent says of a crossing.

    Attributes:
        id: Which.
        fence: Under which lease.
        step: What.
        reason: IPP ``job-state-reasons`` keyword, or ``none``.
        detail: The same as a sentence.
    """

    id: UUID
    fence: int
    step: CrossingStep
    reason: str = "none"
    detail: str = ""


@frozen(kw_only=True)
class CrossingWords:
    """Words on crossings."""

    words: tuple[CrossingWord, ...]


@frozen(kw_only=True)
class CrossingAnswer:
    """What the hub says to a word.

    Attributes:
        id: Which crossing.
        fence: Under which lease.
        taken: Whether the word counts. Where it does not, the crossing is not this agent's: it prints nothing of it.
            The same word again is answered the same.
    """

    id: UUID
    fence: int
    taken: bool


@frozen(kw_only=True)
class CrossingAnswers:
    """One for each word, in their order."""

    answers: tuple[CrossingAnswer, ...]
