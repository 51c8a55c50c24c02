"""Pull printing between agent and hub: where held jobs may come out, who asked for which, and what became of it.

- A release is an order to one agent, under a fence. To fetch it is to take it: from then on no other agent is given it.
- An order not begun within its time is void. The time is a length, not a moment: clocks may differ.
- A mirrored document is ciphertext to the hub; its key lies in envelopes, one for each agent that may print it.
"""

import datetime as dt
from enum import StrEnum
from uuid import UUID

from attrs import field, frozen


@frozen(kw_only=True)
class PointWanted:
    """A device at which held jobs may come out.

    Attributes:
        printer: The id of the printer that was defined on the device.
        name: For people, at most 127 octets.
        uri: The device.
        location: For people.
        fingerprint: SHA-256 of the device's certificate (DER), hex, when an administrator confirmed one; else "".
    """

    printer: str
    name: str
    uri: str
    location: str = ""
    fingerprint: str = ""


class Mirror(StrEnum):
    """Where a held job is kept beside the agent that took it, as ciphertext."""

    NONE = "none"
    HUB = "hub"
    AGENTS = "agents"


@frozen(kw_only=True)
class Reader:
    """An agent that may print what others hold, and its key for envelopes (`tympan_wire.sealed.Recipient.public`)."""

    agent: str
    recipient: str


@frozen(kw_only=True)
class PullRules:
    """How a pull queue holds jobs.

    Attributes:
        color: Whether it offers colour: what all, or any, of its devices can, as an administrator chose.
        duplex: Whether it offers both sides.
        media: PWG media names it offers, the default first.
        hold_s: How long a job is held, seconds.
        warn_s: How long before the end its owner is warned, seconds.
        jobs_most: Jobs held for one account at one agent.
        bytes_most: Bytes held for one account at one agent.
        mirror: Where else held jobs are kept.
        readers: For whom a mirrored document's key is enveloped.
        offline: Whether signed grants are honoured while the hub is away.
    """

    color: bool = True
    duplex: bool = True
    media: tuple[str, ...] = ()
    hold_s: int = 86_400
    warn_s: int = 3_600
    jobs_most: int = 100
    bytes_most: int = 1 << 30
    mirror: Mirror = Mirror.NONE
    readers: tuple[Reader, ...] = ()
    offline: bool = False


@frozen(kw_only=True)
class TicketChanges:
    """What the owner changed of a held job's ticket; what is left out stays.

    Attributes:
        copies: IPP ``copies``.
        sides: IPP ``sides`` keyword.
        color: IPP ``print-color-mode`` keyword.
    """

    copies: int | None = None
    sides: str = ""
    color: str = ""


@frozen(kw_only=True)
class MirroredJob:
    """A held job's document at the hub, for an agent that did not take the job itself.

    Attributes:
        upload: Names the sealed bytes (`BLOBS_PATH`).
        size: Of them, bytes.
        envelope: The document's key for this agent (`tympan_wire.sealed.unwrap_with`), base64.
        note: What else belongs to the job (`HeldNote`), sealed with the document's key, base64.
    """

    upload: str
    size: int
    envelope: str
    note: str


@frozen(kw_only=True)
class HeldNote:
    """What belongs to a held job beside its document; only agents read it.

    Attributes:
        name: The document's title.
        user: The account it was printed from.
        printer: The pull queue.
        media_type: Of the document.
        ticket: Its job-template attributes as one IPP message, base64.
        size_bytes: Plain length of the document.
    """

    name: str = ""
    user: str = ""
    printer: str
    media_type: str
    ticket: str = ""
    size_bytes: int


@frozen(kw_only=True)
class ReleaseOrder:
    """Print this held job there.

    Attributes:
        id: Of the order; the same in every repetition.
        fence: Grows with every agent the order is given to; an answer under an older one is refused.
        job: Which job.
        printer: The release point: the printer's id.
        by: Who asked for it, for the job's story.
        within_s: Void unless begun so many seconds after it was told.
        changes: Of the ticket.
        mirrored: Where the document is, when another agent took the job.
    """

    id: UUID
    fence: int
    job: UUID
    printer: str
    by: str
    within_s: int
    changes: TicketChanges = field(factory=TicketChanges)
    mirrored: MirroredJob | None = None


@frozen(kw_only=True)
class KeepOrder:
    """Fetch this held job's sealed document now and keep it as ciphertext: it may come out here while its own computer
    is away. It prints nothing; only a `ReleaseOrder` does.

    Attributes:
        job: Which job.
        mirrored: Where its document is. The key is for a look whether the copy is whole, and is not kept.
    """

    job: UUID
    mirrored: MirroredJob


@frozen(kw_only=True)
class ReleasesRequest:
    """Asks for the releases this agent shall carry out, and takes them.

    Attributes:
        kept: Jobs whose sealed documents this agent keeps for others, all of them each time.
        granted: Jobs it let go for a `ReleaseGrant` of late and holds no longer, all of them each time: what became of
            them may not have been reported yet.
    """

    kept: tuple[UUID, ...] = ()
    granted: tuple[UUID, ...] = ()


@frozen(kw_only=True)
class Releases:
    """What this agent shall print, in the order in which it shall begin.

    Attributes:
        orders: To be carried out; one is repeated until it is answered or void.
        ended: Jobs this agent holds which another one was given and which are over here.
        keep: Jobs whose sealed documents this agent shall keep for others and did not say that it does; some at a time.
        drop: Jobs it said it keeps and shall keep no longer.
        at: When this is said, by the hub's clock: the agent's may have been wrong. None from hubs that do not say it.
    """

    orders: tuple[ReleaseOrder, ...] = ()
    ended: tuple[UUID, ...] = ()
    keep: tuple[KeepOrder, ...] = ()
    drop: tuple[UUID, ...] = ()
    at: dt.datetime | None = None


class ReleaseOutcome(StrEnum):
    """What an agent did with an order."""

    BEGUN = "begun"
    REFUSED = "refused"


@frozen(kw_only=True)
class ReleaseWord:
    """What became of an order.

    Attributes:
        order: Which.
        fence: Under which fence.
        outcome: Begun: the job is on its way to the device, and its own reports tell the rest.
        reason: IPP ``job-state-reasons`` keyword, or ``none``.
        detail: The same as a sentence.
    """

    order: UUID
    fence: int
    outcome: ReleaseOutcome
    reason: str = "none"
    detail: str = ""


@frozen(kw_only=True)
class ReleaseWords:
    """Answers to orders."""

    words: tuple[ReleaseWord, ...]


@frozen(kw_only=True)
class MirrorEnvelope:
    """A document's key for one agent, base64."""

    agent: str
    envelope: str


@frozen(kw_only=True)
class MirrorRequest:
    """A held job's sealed document is uploaded: others may print it.

    Attributes:
        job: Which job.
        upload: The finished upload.
        note: A `HeldNote`, sealed with the document's key, base64.
        envelopes: The document's key for each agent that may print it.
    """

    job: UUID
    upload: str
    note: str
    envelopes: tuple[MirrorEnvelope, ...]


@frozen(kw_only=True)
class ReleaseAsked:
    """A person at this agent's command line asks for held jobs at a device.

    Attributes:
        user: The account of this machine.
        jobs: Which, in the order in which they shall come out; empty for all of theirs.
        point: The device's short code, or the id of its printer.
        proof: The code its screen shows, where one is wanted.
        changes: Of all their tickets.
    """

    user: str
    jobs: tuple[UUID, ...] = ()
    point: str
    proof: str = ""
    changes: TicketChanges = field(factory=TicketChanges)


@frozen(kw_only=True)
class JobRefused:
    """A job that was not released, and why."""

    job: UUID
    detail: str


@frozen(kw_only=True)
class ReleaseAnswer:
    """What the hub ordered of it.

    Attributes:
        ordered: The jobs that are on their way.
        refused: Those that are not.
        notes: Sentences on what will differ from what was asked for, such as "the device has no colour".
    """

    ordered: tuple[UUID, ...] = ()
    refused: tuple[JobRefused, ...] = ()
    notes: tuple[str, ...] = ()


@frozen(kw_only=True)
class NearRequest:
    """Where phones of its own network reach this agent; and that one did, with a challenge of the hub.

    Attributes:
        challenge: What the phone brought; "" when none came, and only the doors are told.
        doors: Where its page is, such as ``http://192.0.2.7:39151``, one in each of its networks; none while it is off.
    """

    challenge: str = ""
    doors: tuple[str, ...] = ()


@frozen(kw_only=True)
class NearAnswer:
    """The hub's word that the phone was near, for that phone alone: a page that only made it call cannot read it.

    Attributes:
        ticket: To be handed on to the browser that brought the challenge; "" when none was brought.
    """

    ticket: str = ""


@frozen(kw_only=True)
class BrokerRequest:
    """Asks where notices can also be had by MQTT."""


@frozen(kw_only=True)
class Broker:
    """Where notices can also be had; nowhere when `host` is "".

    Attributes:
        host: Of the broker.
        port: TCP, MQTT 5 over TLS with the agent's certificate.
        authority: PEM of who signed the broker's certificate.
        look: The topic on which notices come (`News`).
        ping: The topic to which an `EchoRequest` is published; the answer comes on `look` as an `Echo`.
    """

    host: str = ""
    port: int = 8883
    authority: str = ""
    look: str = ""
    ping: str = ""


@frozen(kw_only=True)
class ReleaseGrant:
    """The hub's signed word, given ahead: one agent may release one job once, also while the hub is away.

    Attributes:
        id: Used once.
        tenant: Whose.
        agent: Who may honour it, and nobody else.
        job: Which job.
        printers: Release points it is good for.
        by: Who asked for it, for the job's story.
        not_before: From when, Unix seconds by the hub's clock.
        expires_at: Until when, Unix seconds; at most `GRANT_S` later.
    """

    id: UUID
    tenant: str
    agent: str
    job: UUID
    printers: tuple[str, ...]
    by: str
    not_before: int
    expires_at: int
