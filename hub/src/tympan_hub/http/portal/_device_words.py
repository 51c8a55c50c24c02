"""Words and pictures for devices, and for the ways they are found."""

from typing import Final

from tympan_hub.domain import devices as device
from tympan_hub.domain.sightings import Pause
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal.views import Health, Tone

DISCOVERIES: Final = {
    "discovery.bonjour": "Bonjour",
    "discovery.wsd": "WS-Discovery",
    "discovery.ippscan": marked("IPP scan"),
}
"""Ways of finding devices by the names they go by."""

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
"""Where a device stands."""

DEVICE_STATES: Final = {
    "idle": marked("Ready"),
    "processing": marked("Printing"),
    "stopped": marked("Stopped"),
}
"""IPP ``printer-state`` (RFC 8011 section 5.4.11)."""

YES_NO: Final = {"yes": marked("yes"), "no": marked("no")}
"""Answers as words."""
