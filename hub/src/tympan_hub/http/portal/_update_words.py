"""Words about updates."""

from typing import Final

from tympan_hub.domain.updates import Day, Ring, Step
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal.views import Health, Tone

RINGS: Final = {
    Ring.CANARY: marked("First ring"),
    Ring.EARLY: marked("Second ring"),
    Ring.ALL: marked("Everybody else"),
}
"""Rings in a word."""

MEANINGS: Final = {
    Ring.CANARY: marked("These computers try a version before anybody depends on it."),
    Ring.EARLY: marked("These get it when the first ones have done well."),
    Ring.ALL: marked("All computers that are in neither."),
}
"""What a ring is for."""

STEPS: Final = {
    Step.FETCHED: Health(word=marked("Fetched"), icon="inbox", tone=Tone.BUSY),
    Step.CHECKED: Health(word=marked("Checked"), icon="check", tone=Tone.BUSY),
    Step.SWITCHING: Health(word=marked("Switching"), icon="clock", tone=Tone.BUSY),
    Step.SWITCHED: Health(word=marked("Installed"), icon="check", tone=Tone.GOOD),
    Step.RETURNED: Health(word=marked("Went back"), icon="back", tone=Tone.BAD),
    Step.REFUSED: Health(word=marked("Refused"), icon="stop", tone=Tone.WARN),
    Step.UNKNOWN: Health(word=marked("Not known"), icon="question", tone=Tone.STILL),
}
"""How far an update came."""

LACKING: Final = Health(word=marked("Not well"), icon="alert", tone=Tone.WARN)
"""It has the version, and lacks something since."""

SILENT: Final = Health(word=marked("Fell silent"), icon="unplugged", tone=Tone.BAD)
"""It said that it switches, and was not heard of since."""

KINDS: Final = {
    "returned": (
        marked("%(num)s went back to the version it had"),
        marked("%(num)s went back to the version they had"),
    ),
    "silent": (
        marked("%(num)s was not heard of since it switched"),
        marked("%(num)s were not heard of since they switched"),
    ),
    "failing": (marked("%(num)s is not well since"), marked("%(num)s are not well since")),
}
"""What became of computers, of one and of several."""

DAYS: Final = {
    Day.MON: marked("Monday"),
    Day.TUE: marked("Tuesday"),
    Day.WED: marked("Wednesday"),
    Day.THU: marked("Thursday"),
    Day.FRI: marked("Friday"),
    Day.SAT: marked("Saturday"),
    Day.SUN: marked("Sunday"),
}
"""Days."""
