"""Words for the way of a printer's jobs through the hub, and who prints them."""

from typing import Final

import attrs

from tympan_hub.domain.serving import Hindrance
from tympan_hub.domain.tunnel_use import TunnelUse
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal.views import Health, Said, Tone

SHORT: Final = {
    TunnelUse.NEVER: marked("Straight to the device"),
    TunnelUse.FALLBACK: marked("Straight, else through the hub"),
    TunnelUse.ALWAYS: marked("Through the hub"),
}
"""In a word."""

MEANINGS: Final = {
    TunnelUse.NEVER: marked("A job goes from its computer to the device. Where the device is not reached, it waits."),
    TunnelUse.FALLBACK: marked(
        "A job goes from its computer to the device. While the device does not answer there, the job goes sealed "
        "through the hub to a computer beside the device. The hub cannot read it."
    ),
    TunnelUse.ALWAYS: marked(
        "Every job goes sealed through the hub to a computer beside the device. The hub cannot read it."
    ),
}
"""The same as a sentence."""

QUEUE_SHORT: Final = {
    TunnelUse.NEVER: marked("From their own computer"),
    TunnelUse.FALLBACK: marked("From their own computer, else from the hub"),
    TunnelUse.ALWAYS: marked("From the hub"),
}
"""The same in short."""

QUEUE_MEANINGS: Final = {
    TunnelUse.NEVER: marked("A released job is printed by the computer that holds it."),
    TunnelUse.FALLBACK: marked(
        "Held jobs are kept sealed at the hub too. When one is released and its own computer does not reach the "
        "device, another one that does prints it. The hub cannot read it."
    ),
    TunnelUse.ALWAYS: marked(
        "Held jobs are kept sealed at the hub too. When one is released, a computer that reaches the device prints it, "
        "its own one last. The hub cannot read it."
    ),
}
"""The same as a sentence."""

ANYBODY: Final = marked("All that reach the device")
"""No group chosen."""

OFF: Final = Said(
    tone=Tone.WARN,
    text=marked("Nothing goes through the hub now: the owner of this service has switched it off."),
    then=marked("Ask the owner to switch tunnel.send on. What you chose here holds again then."),
)
"""Chosen, and switched off by the service owner."""

NOBODY: Final = Said(
    tone=Tone.BAD,
    text=marked("No computer can print here what comes through the hub. Jobs wait."),
    then=marked(
        "Start one that reaches the device, or choose a group whose computers do. Policy must have tunnel.receive on "
        "there."
    ),
)
NOBODY_SHORT: Final = attrs.evolve(NOBODY, then=marked("Its page says whom it lacks."))
ONE_LEFT: Final = Said(
    tone=Tone.WARN,
    text=marked("One computer is left to print here. When it fails, jobs wait."),
    then=marked("Start a second one beside the device."),
)

CAN: Final = Health(word=marked("Prints"), icon="check", tone=Tone.GOOD)
"""Connected, and given jobs."""

AWAY: Final = Health(word=marked("Away"), icon="unplugged", tone=Tone.WARN)
"""Nothing else hinders it."""

NO_SIGHT: Final = marked("The device does not answer it now.")
AWAY_TEXT: Final = marked("It is not connected. It is given jobs again when it is back.")

HINDERED: Final = {
    Hindrance.NO_KEY: (
        Health(word=marked("Too old"), icon="alert", tone=Tone.WARN),
        marked("Its agent has no key for sealed documents. Update it."),
    ),
    Hindrance.KEY_WAITS: (
        Health(word=marked("Key waits"), icon="key", tone=Tone.WARN),
        marked("Other computers do not believe its key yet. See Agents, Keys."),
    ),
    Hindrance.POLICY: (
        Health(word=marked("Not allowed"), icon="stop", tone=Tone.STILL),
        marked("Policy has tunnel.receive off for it."),
    ),
    Hindrance.OFF: (
        Health(word=marked("Not switched on"), icon="pause", tone=Tone.STILL),
        marked("Nobody switched tunnel.receive on for it. Policy does that."),
    ),
    Hindrance.SILENT: (
        Health(word=marked("Silent"), icon="clock", tone=Tone.STILL),
        marked("It was not heard of for a week or longer."),
    ),
}
"""Why a computer is given nothing."""

LIMITS: Final = {
    "mib_most": marked("The owner of this service lets one document have %(num)s MiB."),
    "jobs_most": marked("The owner of this service lets %(num)s jobs wait at once."),
    "mib_waiting": marked("The owner of this service lets all that wait have %(num)s MiB."),
    "keep_hours": marked("The owner of this service lets a job wait for %(num)s hours."),
    "kib_rate": marked("The owner of this service lets a computer send %(num)s KiB in a second."),
}
"""What holds where the service owner says less."""
