"""Words and pictures for what the domain names by keywords."""

from typing import Final

from tympan_hub.domain.agents import TokenStanding
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.people import Role
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

HOLDS: Final = Health(word=marked("Holds jobs"), icon="pause", tone=Tone.HOLD)
"""A queue without a device of its own."""

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
    Happening.PRINTER_FEW_AGENTS: marked("One computer or none is left to print for a printer through the hub"),
    Happening.PRINTER_CHANGED: marked("A printer was added, changed or removed"),
    Happening.POLICY_SWITCHED: marked("A policy switch was moved"),
    Happening.UPDATE_STOPPED: marked("A version was stopped: computers fared ill with it, or somebody stopped it"),
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

COLORS: Final = {
    "color": marked("In colour"),
    "monochrome": marked("Without colour"),
    "auto": marked("As the document is"),
    "auto-monochrome": marked("Without colour"),
    "bi-level": marked("Black and white only"),
    "process-monochrome": marked("Without colour, mixed of all inks"),
    "highlight": marked("Black and one colour"),
}
"""The IPP keyword ``print-color-mode`` (PWG 5100.13 section 6.2.3)."""

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
