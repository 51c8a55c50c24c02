"""Words and pictures for what the domain names by keywords."""

from typing import Final

from tympan_hub.domain import devices as device
from tympan_hub.domain.agents import TokenStanding
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.people import Role
from tympan_hub.domain.policy import (
    DOCUMENT_NAMES,
    OWNER_FACTOR,
    REQUIRE_SIGN_IN,
    USER_ENROLMENT,
    Scope,
    Verdict,
)
from tympan_hub.domain.ranges import Flaw
from tympan_hub.domain.scans import PartStanding, ScanStanding, Silence
from tympan_hub.domain.second_factor import REQUIRED
from tympan_hub.domain.sightings import Pause
from tympan_hub.domain.webhooks import Fate, Happening
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal.views import Health, Shown, Tone

STANDINGS: Final = {
    Standing.RECEIVING: Shown(
        word=marked("Arriving"),
        icon="inbox",
        tone=Tone.BUSY,
        meaning=marked("The computer hands the document over."),
        live=True,
    ),
    Standing.RECEIVED: Shown(
        word=marked("Received"),
        icon="inbox",
        tone=Tone.BUSY,
        meaning=marked("The document is safe with the agent."),
        live=True,
    ),
    Standing.HELD: Shown(
        word=marked("Held"),
        icon="pause",
        tone=Tone.HOLD,
        meaning=marked("It waits for its owner to release it."),
        live=True,
    ),
    Standing.QUEUED: Shown(
        word=marked("In line"),
        icon="clock",
        tone=Tone.BUSY,
        meaning=marked("It goes out as soon as it is its turn."),
        live=True,
    ),
    Standing.WAITING: Shown(
        word=marked("Waiting"),
        icon="clock",
        tone=Tone.WARN,
        meaning=marked("The device is away. The agent tries again by itself."),
        live=True,
    ),
    Standing.SENDING: Shown(
        word=marked("Sending"),
        icon="send",
        tone=Tone.BUSY,
        meaning=marked("It is on its way to the device."),
        live=True,
    ),
    Standing.PRINTING: Shown(
        word=marked("Printing"),
        icon="printer",
        tone=Tone.BUSY,
        meaning=marked("The device has it and prints."),
        live=True,
    ),
    Standing.COMPLETED: Shown(
        word=marked("Printed"),
        icon="check",
        tone=Tone.GOOD,
        meaning=marked("The device says that all of it is on paper."),
    ),
    Standing.ABORTED: Shown(
        word=marked("Failed"),
        icon="cross",
        tone=Tone.BAD,
        meaning=marked("It could not be printed. The story says why."),
    ),
    Standing.CANCELED: Shown(
        word=marked("Cancelled"), icon="stop", tone=Tone.STILL, meaning=marked("Somebody cancelled it.")
    ),
    Standing.EXPIRED: Shown(
        word=marked("Expired"),
        icon="clock",
        tone=Tone.STILL,
        meaning=marked("Nobody released it in time, so it was erased."),
    ),
    Standing.UNKNOWN: Shown(
        word=marked("Not sure"),
        icon="question",
        tone=Tone.WARN,
        meaning=marked("The device cannot say whether it was printed. Look at the paper, then decide."),
    ),
}
"""How each standing of a job is shown."""

ROLES: Final = {
    Role.OWNER: marked("Service owner"),
    Role.ADMINISTRATOR: marked("Administrator"),
    Role.OPERATOR: marked("Operator"),
    Role.USER: marked("User"),
}
"""Roles as words."""

READY: Final = Health(word=marked("Ready"), icon="check", tone=Tone.GOOD)
"""The device answered, and nothing hinders it."""

HINDERED: Final = Health(word=marked("Needs care"), icon="alert", tone=Tone.WARN)
"""The device answered, and cannot print."""

AWAY: Final = Health(word=marked("Does not answer"), icon="unplugged", tone=Tone.BAD)
"""The device did not answer."""

UNSEEN: Final = Health(word=marked("Not seen yet"), icon="question", tone=Tone.STILL)
"""No agent told of the device."""

HERE: Final = Health(word=marked("Active"), icon="check", tone=Tone.GOOD)
"""The agent was heard of just now."""

TROUBLED: Final = Health(word=marked("Needs care"), icon="alert", tone=Tone.WARN)
"""The agent says that it needs a person."""

SILENT: Final = Health(word=marked("Away"), icon="clock", tone=Tone.STILL)
"""The agent was not heard of for a while: its computer may sleep."""

REVOKED: Final = Health(word=marked("Revoked"), icon="stop", tone=Tone.STILL)
"""The agent was ended."""

HERE_WORKS: Final = Health(word=marked("Works"), icon="check", tone=Tone.GOOD)
"""A token or webhook that is good."""

WITHDRAWN: Final = Health(word=marked("Withdrawn"), icon="stop", tone=Tone.STILL)
"""A token that somebody ended."""

EXPIRED: Final = Health(word=marked("Ended"), icon="clock", tone=Tone.STILL)
"""A token whose time is over."""

ENROLMENTS: Final = {
    TokenStanding.OPEN: Health(word=marked("Unused"), icon="clock", tone=Tone.BUSY),
    TokenStanding.USED: Health(word=marked("Used"), icon="check", tone=Tone.GOOD),
    TokenStanding.REVOKED: WITHDRAWN,
    TokenStanding.EXPIRED: EXPIRED,
}
"""Where a token stands that makes an agent."""

SWITCHED_OFF: Final = Health(word=marked("Switched off"), icon="pause", tone=Tone.WARN)
"""A webhook that tells nothing."""

HAPPENINGS: Final = {
    Happening.JOB_ENDED: marked("A job has ended"),
    Happening.AGENT_ENROLLED: marked("A computer joined"),
    Happening.AGENT_REVOKED: marked("A computer was revoked"),
    Happening.AGENT_SILENT: marked("A computer was not heard of for a day"),
    Happening.DEVICE_AWAY: marked("A device does not answer"),
    Happening.DEVICE_BACK: marked("A device answers again"),
    Happening.PRINTER_CHANGED: marked("A printer was added, changed or removed"),
    Happening.POLICY_SWITCHED: marked("A policy switch was moved"),
    Happening.PERSON_CHANGED: marked("A person was added, changed or locked out"),
    Happening.TEST: marked("A try"),
}
"""What webhooks are told."""

FATES: Final = {
    Fate.WAITING: Health(word=marked("Waiting"), icon="clock", tone=Tone.BUSY),
    Fate.TAKEN: Health(word=marked("Taken"), icon="check", tone=Tone.GOOD),
    Fate.GIVEN_UP: Health(word=marked("Given up"), icon="cross", tone=Tone.BAD),
}
"""Where a delivery stands."""

PLATFORMS: Final = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}
"""Systems by their own names."""

SIDES: Final = {
    "one-sided": marked("One side"),
    "two-sided-long-edge": marked("Both sides, long edge"),
    "two-sided-short-edge": marked("Both sides, short edge"),
}
"""The IPP keyword ``sides`` (RFC 8011 section 5.2.8)."""

FORMATS: Final = {
    "application/pdf": "PDF",
    "application/postscript": "PostScript",
    "image/pwg-raster": "PWG Raster",
    "image/urf": "Apple Raster",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "text/plain": marked("Text"),
    "application/vnd.hp-pcl": "PCL",
    "application/vnd.hp-pclxl": "PCL XL",
}
"""Media types by the names they go by."""

CAPABILITIES: Final = {
    "statistics.document": (
        marked("Count pages"),
        marked("Agents count pages, colour and paper of every document. Off: jobs are printed uncounted."),
    ),
    "endpoint.ipp": (
        marked("Take documents from programs"),
        marked("The print dialogue of every program can use the printers of the hub. Off: no new document is taken."),
    ),
    "submission.ipp": (
        marked("Send documents to devices"),
        marked("Agents speak IPP to devices in their network. Off: documents wait, and nothing comes out."),
    ),
    "local.site": (
        marked("Listen to this computer"),
        marked("The spooler of the same computer may talk to the agent. Off: nothing can be printed through it."),
    ),
    "spool.cups": (
        marked("Queues on Linux and macOS"),
        marked("Agents put printers into the print dialogue. Off: queues that are there stay, no new ones are made."),
    ),
    "hub.https": (
        marked("Talk to the hub"),
        marked("The link to this hub. Off: agents go on printing, and cannot hear when you turn it on again."),
    ),
    "hub.sync": (
        marked("Follow the hub"),
        marked("Agents take printers and policy from here, and report their jobs. Off: they keep what they have."),
    ),
    "browser.bridge": (
        marked("Answer pages of this portal"),
        marked("A page here finds the agent on the same computer, and installs at once. Off: the hub does it instead."),
    ),
    "discovery.bonjour": (
        marked("Find devices by Bonjour"),
        marked(
            "Agents listen to what devices tell of themselves in their own network (mDNS, UDP 5353). "
            "Off: they send and hear nothing there, and what they saw is kept."
        ),
    ),
    "discovery.wsd": (
        marked("Find devices by WS-Discovery"),
        marked(
            "Agents ask for devices in their own network as Windows does (UDP 3702). "
            "Off: they ask nothing and answer nothing there, and what they saw is kept."
        ),
    ),
    "discovery.ippscan": (
        marked("Find devices by IPP scan"),
        marked(
            "Agents ask ranges of addresses for printers when an administrator orders it. "
            "Off: no new scan begins, and those that run wait until it is on again."
        ),
    ),
    REQUIRED[Role.ADMINISTRATOR]: (
        marked("Second factor for administrators"),
        marked("Administrators who sign in with a password need a code of an app as well. Off: each decides."),
    ),
    REQUIRED[Role.OPERATOR]: (
        marked("Second factor for operators"),
        marked("Operators who sign in with a password need a code of an app as well. Off: each decides."),
    ),
    REQUIRED[Role.USER]: (
        marked("Second factor for users"),
        marked("Users who sign in with a password need a code of an app as well. Off: each decides."),
    ),
    OWNER_FACTOR: (
        marked("Second factor for service owners"),
        marked("Service owners need a code of an app as well. Off: each decides."),
    ),
    DOCUMENT_NAMES: (
        marked("Show titles to operators"),
        marked("Operators see the titles of other people's documents. Off: each person sees only their own."),
    ),
    REQUIRE_SIGN_IN: (
        marked("Print only when signed in"),
        marked(
            "Agents print on the hub's printers only for people who signed in with tympan login. On unless it is "
            "switched off. Off: whoever uses the computer prints."
        ),
    ),
    USER_ENROLMENT: (
        marked("Users join their own computers"),
        marked("Users may let computers in by typing their code. Off unless it is switched on: only administrators."),
    ),
}
"""Name and meaning of capabilities that come with Tympan."""

STRANGE: Final = marked("A plugin of your own brings this capability; its documentation says what it does.")
"""The meaning of a capability that is not listed here."""

LOCKED: Final = {
    Scope.OWNER: {
        Verdict.ON: marked("On: the service owner decided this for everybody."),
        Verdict.OFF: marked("Off: the service owner decided this for everybody."),
    },
    Scope.TENANT: {
        Verdict.ON: marked("On: this is decided for everybody in the organisation."),
        Verdict.OFF: marked("Off: this is decided for everybody in the organisation."),
    },
}
"""Why a switch cannot be moved."""

DISCOVERIES: Final = {
    "discovery.bonjour": "Bonjour",
    "discovery.wsd": "WS-Discovery",
    "discovery.ippscan": marked("IPP scan"),
}
"""Ways of finding devices by the names they go by."""

SCANS: Final = {
    ScanStanding.RUNNING: Health(word=marked("Running"), icon="search", tone=Tone.BUSY),
    ScanStanding.STOPPED: Health(word=marked("Stopped"), icon="pause", tone=Tone.HOLD),
    ScanStanding.DONE: Health(word=marked("Finished"), icon="check", tone=Tone.GOOD),
    ScanStanding.PARTLY: Health(word=marked("Partly finished"), icon="alert", tone=Tone.WARN),
}
"""Where a scan stands."""

SCAN_PARTS: Final = {
    PartStanding.WAITING: Health(word=marked("Waiting"), icon="clock", tone=Tone.BUSY),
    PartStanding.RUNNING: Health(word=marked("Running"), icon="search", tone=Tone.BUSY),
    PartStanding.DONE: Health(word=marked("Finished"), icon="check", tone=Tone.GOOD),
    PartStanding.FAILED: Health(word=marked("Failed"), icon="cross", tone=Tone.BAD),
    PartStanding.STOPPED: Health(word=marked("Stopped"), icon="pause", tone=Tone.HOLD),
    PartStanding.PASSED_ON: Health(word=marked("Given to another"), icon="next", tone=Tone.STILL),
}
"""Where a computer's part of a scan stands."""

SCAN_SILENCES: Final = {
    Silence.AWAY: Health(word=marked("Away"), icon="clock", tone=Tone.WARN),
    Silence.REMOVED: REVOKED,
    Silence.UNABLE: Health(word=marked("Switched off"), icon="pause", tone=Tone.WARN),
}
"""Why nothing is heard of it."""

SCAN_SILENT: Final = {
    Silence.AWAY: marked("The computer was not heard of for a while. It goes on when it is back."),
    Silence.REMOVED: marked("The computer is revoked: nobody does this part."),
    Silence.UNABLE: marked("Scans do not run on this computer now. It goes on when they do."),
}
"""The same, with what follows."""

NO_OTHER_SCANNER: Final = marked("No other connected computer is in this network. Choose one that reaches it.")
"""Why a part cannot be given away by itself."""

NO_SCANNER: Final = marked("Scans do not run on this computer. Choose another one.")
"""Why a part cannot be given to a computer."""

FLAW_LINE: Final = marked("Line %(line)s, “%(entry)s”:")
"""What is wrong with a line begins so."""

FLAWS: Final = {
    Flaw.UNREADABLE: marked(
        "This is neither an address, a network, a range nor the name of a host. "
        "Write for example 192.168.1.0/24, 192.168.1.10-192.168.1.99 or printer.example.org."
    ),
    Flaw.NUMBERS: marked("This is no address. It has four numbers of 0 to 255, such as 192.168.1.20."),
    Flaw.HOST_BITS: marked(
        "The address before the slash is not the first one of its network. Write for example 192.168.1.0/24."
    ),
    Flaw.BACKWARDS: marked("The range ends before it begins. Write the smaller address first."),
    Flaw.MIXED: marked("A range is of one kind of addresses. Write both ends as IPv4, or both as IPv6."),
    Flaw.LINK_LOCAL: marked(
        "Such an address means something else on every computer. "
        "Write another one of the device: not with a zone, nor one that begins with fe80."
    ),
    Flaw.NOBODY: marked("No device has such an address. Leave out multicast, broadcast and unspecified addresses."),
    Flaw.TOO_MANY: marked("These are more entries than one scan takes. Join neighbouring ranges, or order several."),
}
"""What is wrong with a line of ranges, and what to do."""

SCAN_FAULTS: Final = {
    "targets": marked("There is nothing to scan, or more than one scan takes. Write narrower ranges, or exclude less."),
    "excluded": marked("This cannot be taken."),
    "per_second": marked("A speed is a whole number of addresses within a second, not larger than the highest."),
    "agents": marked("One of these computers is gone, or there are too many. Choose others."),
}
"""What is wrong with a field of a scan."""

METHODS: Final = {
    "bonjour": marked("Bonjour"),
    "wsd": marked("WS-Discovery"),
    "ippscan": marked("IPP scan"),
    "import": marked("Entered by hand"),
}
"""How devices are found."""

PAUSES: Final = {
    Pause.AWAY: marked("Nothing is heard of the computer."),
    Pause.OFF: marked("This way of looking was switched off on the computer."),
}
"""Why a computer does not look for a device for the time being."""

DEVICE_STANDINGS: Final = {
    device.Standing.NEW: Health(word=marked("New"), icon="question", tone=Tone.BUSY),
    device.Standing.KNOWN: Health(word=marked("Has a printer"), icon="check", tone=Tone.GOOD),
    device.Standing.IGNORED: Health(word=marked("Ignored"), icon="stop", tone=Tone.STILL),
}

DEVICE_STATES: Final = {
    "idle": marked("Ready"),
    "processing": marked("Printing"),
    "stopped": marked("Stopped"),
}
"""IPP ``printer-state`` (RFC 8011 section 5.4.11)."""

YES_NO: Final = {"yes": marked("yes"), "no": marked("no")}
