"""Words and pictures for held jobs, their release, and what hinders a device."""

from typing import Final

from tympan_hub.domain.held import ColorMode, Sides, Whereabouts
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import Mirroring, Offers
from tympan_hub.domain.releases import Step, Why
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal.views import Health, Said, Tone

UNDER_WAY: Final = Health(word=marked("On its way"), icon="send", tone=Tone.BUSY)
"""Released, and no word came back yet."""

NO_PROOF: Final = marked("This code is not the one the screen shows now, or you used it already. Take the next one.")
PROOF_OVER: Final = marked("This takes proof that you stand at the printer, and what came proves nothing any more.")
TOO_OFTEN: Final = marked("Too many wrong codes. Wait a few minutes.")

DELETED_NOW: Final = Health(word=marked("Is being deleted"), icon="stop", tone=Tone.BUSY)
DELETED_LATER: Final = Health(word=marked("Is deleted once its computer is awake"), icon="stop", tone=Tone.WARN)
"""Its owner deleted it while its computer was awake, and that did not do so yet."""

PLACES: Final = {
    Whereabouts.MIRRORED: Health(word=marked("Its computer sleeps; another prints it"), icon="copy", tone=Tone.STILL),
    Whereabouts.ASLEEP: Health(word=marked("Its computer sleeps or is away"), icon="unplugged", tone=Tone.WARN),
    Whereabouts.GONE: Health(word=marked("Its computer was removed"), icon="unplugged", tone=Tone.BAD),
}
"""Where a held job lies, when that is worth a word."""

NOBODY: Final = Health(word=marked("No computer that prints it is there"), icon="unplugged", tone=Tone.WARN)
"""One that was handed in: it has no computer of its own."""

WHYS: Final = {
    Why.NO_COLOR: marked("This printer has no colour."),
    Why.NO_DUPLEX: marked("This printer prints one side only."),
    Why.NO_MEDIA: marked("This printer has no paper of this size."),
    Why.DEVICE_AWAY: marked("This printer does not answer now; the job waits for it a moment."),
    Why.DEVICE_UNKNOWN: marked("No computer has seen this printer yet, so nobody knows what it can do."),
    Why.COMPUTER_AWAY: marked("The computer it was printed at sleeps or is away. Wake it, then look again."),
    Why.COMPUTER_GONE: marked("The computer it was printed at was removed. Print it again from another one."),
    Why.QUOTA: marked("It has more pages than you have left this month. Print fewer copies, or ask an administrator."),
    Why.UNDER_WAY: marked("It is released already."),
    Why.NOT_HELD: marked("It is not held any more."),
    Why.FULL: marked("You hold as many jobs as you may. Release or delete others first."),
    Why.GRANTED: marked("Your phone may print it while the hub is away; until that ends, nobody else can."),
}
"""Why a job does not come out, or only later."""

ADAPTED: Final = {
    Why.NO_COLOR: marked("It comes out without colour: this printer has none."),
    Why.NO_DUPLEX: marked("It comes out on one side of the paper: this printer cannot do both."),
    Why.NO_MEDIA: marked("Some of its pages come out on other paper: this printer has none of their size."),
}
"""What is otherwise than it was ordered with a job that comes out all the same."""

STEPS: Final = {
    Step.WAITING: Health(word=marked("Sent to its computer"), icon="clock", tone=Tone.BUSY),
    Step.PREPARING: Health(word=marked("On its way"), icon="send", tone=Tone.BUSY),
    Step.PRINTING: Health(word=marked("Printing"), icon="printer", tone=Tone.BUSY),
    Step.STOPPED: Health(word=marked("The printer needs care"), icon="alert", tone=Tone.WARN),
    Step.DONE: Health(word=marked("Printed"), icon="check", tone=Tone.GOOD),
    Step.REFUSED: Health(word=marked("Not printed"), icon="cross", tone=Tone.BAD),
    Step.EXPIRED: Health(word=marked("Held again"), icon="pause", tone=Tone.HOLD),
    Step.FAILED: Health(word=marked("Failed"), icon="cross", tone=Tone.BAD),
    Step.CANCELED: Health(word=marked("Cancelled"), icon="stop", tone=Tone.STILL),
    Step.UNKNOWN: Health(word=marked("Not sure"), icon="question", tone=Tone.WARN),
}
"""How far a released job is."""

WAITS: Final = Health(word=marked("Waits for its computer"), icon="clock", tone=Tone.WARN)
"""Released, while the computer that has it sleeps."""

ERASED: Final = Health(word=marked("Erased"), icon="stop", tone=Tone.BAD)
"""It was held too long."""

ERASED_TOLD: Final = marked("It was held too long, and is erased. Print it again from its program.")
STILL_HELD: Final = marked("It is held as before. Change it, or release it at another printer.")

TOLD: Final = {
    Step.FAILED: marked("The printer did not print it. Print it again from its program."),
    Step.CANCELED: marked("It was cancelled, and is erased. Print it again from its program if you still want it."),
    Step.EXPIRED: marked("No computer took it in time. It is held as before; release it once more."),
    Step.STOPPED: marked("Something keeps it from printing."),
    Step.UNKNOWN: marked("The printer cannot say whether it came out. Look at the paper before you print it again."),
}
"""What stands there when the agent says nothing."""

WAKE_IT: Final = marked("Its computer sleeps or is away. Wake it within two minutes; after that the job is held again.")

HINDRANCES: Final = {
    "media-empty": marked("It is out of paper."),
    "media-needed": marked("It is out of paper."),
    "media-jam": marked("Paper is stuck in it."),
    "toner-empty": marked("It is out of toner."),
    "marker-supply-empty": marked("It is out of ink or toner."),
    "cover-open": marked("A cover is open."),
    "door-open": marked("A door is open."),
    "interlock-open": marked("A door is open."),
    "input-tray-missing": marked("A tray is missing."),
    "output-area-full": marked("Its output is full."),
    "output-tray-missing": marked("Its output tray is missing."),
    "paused": marked("Somebody paused it."),
    "shutdown": marked("It is shut down."),
}
"""IPP ``printer-state-reasons`` (RFC 8011 section 5.4.12) as people say it."""

HINDERED: Final = Said(
    tone=Tone.WARN,
    text=marked("Something keeps it from printing."),
    then=marked("Jobs you release now wait at this printer until that is mended."),
)
SILENT: Final = Said(
    tone=Tone.WARN,
    text=marked("It does not answer."),
    then=marked("Jobs you release now wait for it about a minute, and are held again then."),
)
UNSEEN: Final = Said(
    tone=Tone.WARN,
    text=marked("No computer has seen this printer yet."),
    then=marked("Nobody knows whether it answers and what it can do. Jobs you release are held again if it does not."),
)
"""What keeps a device from printing, and what becomes of jobs that are released there all the same."""

OF_THE_DEVICE: Final = frozenset({Why.DEVICE_AWAY, Why.DEVICE_UNKNOWN})
"""What is said once of the device, and not of every job."""

ALL_DONE: Final = Said(tone=Tone.GOOD, text=marked("All of it is printed."), then=marked("Take your paper with you."))
NEEDS_CARE: Final = Said(
    tone=Tone.WARN, text=marked("The printer needs care."), then=marked("It goes on as soon as that is mended.")
)
SLEEPS: Final = Said(tone=Tone.WARN, text=marked("A computer has to be woken first."))
NOT_SURE: Final = Said(
    tone=Tone.WARN,
    text=marked("It is not sure that all of it came out."),
    then=marked("Look at the paper before you print anything again."),
)
NOT_ALL: Final = Said(
    tone=Tone.BAD, text=marked("Not all of it was printed."), then=marked("Each job below says why, and what to do.")
)
GOES_ON: Final = Said(tone=Tone.BUSY, text=marked("Your jobs are on their way."))
"""The whole of a release as a sentence."""

SIDES: Final = {
    "": marked("As it was printed"),
    **{sides.value: words.SIDES[sides.value] for sides in Sides},
}
COLORS: Final = {
    "": marked("As it was printed"),
    **{mode.value: words.COLORS[mode.value] for mode in (ColorMode.COLOR, ColorMode.MONOCHROME)},
}
"""What its owner may choose."""

OFFERS: Final = {
    Offers.ALL.value: marked("What all of its printers can do"),
    Offers.ANY.value: marked("What any of its printers can do"),
}
MIRRORS: Final = {
    Mirroring.NONE.value: marked("Its jobs wait until it is awake"),
    Mirroring.HUB.value: marked("The hub keeps a sealed copy that other computers can print"),
    Mirroring.AGENTS.value: marked("Other computers keep a sealed copy, and print it"),
}
ANY_COMPUTER: Final = marked("Any that reach a release point")
PROXIMITIES: Final = {
    Proximity.NONE.value: marked("None: release from anywhere"),
    Proximity.STATIC.value: marked("The code on the sheet"),
    Proximity.ROTATING.value: marked("The changing code on a screen beside it"),
    Proximity.NEAR.value: marked("The phone is in the same network"),
}
"""What an administrator chooses for a queue that holds jobs."""
