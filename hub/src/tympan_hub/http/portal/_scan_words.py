"""Words and pictures for scans, and for what is wrong with an order of one."""

from typing import Final

from tympan_hub.domain.ranges import Flaw
from tympan_hub.domain.scans import PartStanding, ScanStanding, Silence
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._words import REVOKED
from tympan_hub.http.portal.views import Health, Tone

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
