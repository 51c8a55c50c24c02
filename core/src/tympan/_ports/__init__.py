"""Ports: what plugins offer, and the host they receive, as typed protocols.

- Ports are called by the kernel, one plugin at a time, each call under a deadline.
- Refusing is a return value (``NotMine``, ``Hold``, ``Deferred`` …); an exception is a fault charged to the plugin.
- Every ``async`` method may be cancelled at any wait and must let ``trio.Cancelled`` pass.
"""

from tympan._ports._agent_keys import AgentKey, AgentKeys, KeyBookView, KeyState, KnownAgent, Trusted
from tympan._ports._discovery import (
    Discoverer,
    Scanner,
    ScanOrder,
    ScanProgress,
    ScanState,
    Sighting,
    SweepRequest,
    SweepStanding,
)
from tympan._ports._documents import Document, SharedDocument
from tympan._ports._examiners import Examined, Examiner, Health
from tympan._ports._gates import Gate, Go, Hold
from tympan._ports._host import Contribution, Control, Host, Service
from tympan._ports._hub import HubDownloads, HubIdentity, HubLink, HubUploads, Notice, NoticeSource
from tympan._ports._inspectors import Inspector
from tympan._ports._jobs import Intake, Jobs, Printers
from tympan._ports._local import LocalApp, LocalCaller, LocalRequest, LocalResponse
from tympan._ports._membership import Member, Membership
from tympan._ports._outbox import JobRecord, Outbox, OutboxEntry
from tympan._ports._queues import (
    DefaultOrigin,
    OptionChoice,
    OptionConstraint,
    Queue,
    QueueCapabilities,
    QueueKind,
    QueueOption,
    QueueState,
)
from tympan._ports._releases import NotReleased, Released, Releaser, ReleaseWish
from tympan._ports._routes import (
    Aborted,
    CanceledAtDevice,
    Claimed,
    Completed,
    Deferred,
    Delivery,
    LostTrack,
    NotMine,
    Outcome,
    Route,
    SendAgain,
    Unfit,
)
from tympan._ports._shares import QueueShared, QueueSharing, SharingView
from tympan._ports._sign_ins import LoginCode, LoginStanding, PeopleSource, SignedIn, SignIn
from tympan._ports._sources import Command, KeyProvider, PolicySource, PrinterSource
from tympan._ports._spool_jobs import SpoolJob, SpoolJobState
from tympan._ports._spoolers import QueueChange, QueueEvent, QueueRequest, Spooler
from tympan._ports._surroundings import EventBus, KeyValue, Settings, Subscription

__all__ = [
    "Aborted",
    "AgentKey",
    "AgentKeys",
    "CanceledAtDevice",
    "Claimed",
    "Command",
    "Completed",
    "Contribution",
    "Control",
    "DefaultOrigin",
    "Deferred",
    "Delivery",
    "Discoverer",
    "Document",
    "EventBus",
    "Examined",
    "Examiner",
    "Gate",
    "Go",
    "Health",
    "Hold",
    "Host",
    "HubDownloads",
    "HubIdentity",
    "HubLink",
    "HubUploads",
    "Inspector",
    "Intake",
    "JobRecord",
    "Jobs",
    "KeyBookView",
    "KeyProvider",
    "KeyState",
    "KeyValue",
    "KnownAgent",
    "LocalApp",
    "LocalCaller",
    "LocalRequest",
    "LocalResponse",
    "LoginCode",
    "LoginStanding",
    "LostTrack",
    "Member",
    "Membership",
    "NotMine",
    "NotReleased",
    "Notice",
    "NoticeSource",
    "OptionChoice",
    "OptionConstraint",
    "Outbox",
    "OutboxEntry",
    "Outcome",
    "PeopleSource",
    "PolicySource",
    "PrinterSource",
    "Printers",
    "Queue",
    "QueueCapabilities",
    "QueueChange",
    "QueueEvent",
    "QueueKind",
    "QueueOption",
    "QueueRequest",
    "QueueShared",
    "QueueSharing",
    "QueueState",
    "ReleaseWish",
    "Released",
    "Releaser",
    "Route",
    "ScanOrder",
    "ScanProgress",
    "ScanState",
    "Scanner",
    "SendAgain",
    "Service",
    "Settings",
    "SharedDocument",
    "SharingView",
    "Sighting",
    "SignIn",
    "SignedIn",
    "SpoolJob",
    "SpoolJobState",
    "Spooler",
    "Subscription",
    "SweepRequest",
    "SweepStanding",
    "Trusted",
    "Unfit",
]
