"""Words: every sentence of the tray, in the language of whoever looks.

- English stands in the code; other languages are gettext catalogues in ``locales``.
- The tray speaks what the session's environment says, the page what the browser asks for first.
"""

from __future__ import annotations

import datetime as dt
import gettext
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from tympan_tray._standing import Away, Gone, Need, Seen, Standing, Why, bare, needs, sign_in_wanted, standing
from tympan_tray._view import Condition, HeldJob, JobView, PrinterView, View

LANGUAGES: Final = ("de", "en")
_VARIABLES: Final = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""In the order of gettext(3)."""


def marked(text: str) -> str:
    """Marks a text for the catalogues; it is translated where it is shown."""
    return text


_STANDING: Final = {
    Standing.CONNECTED: marked("Connected"),
    Standing.OFFLINE: marked("Offline, but printing"),
    Standing.NOT_SIGNED_IN: marked("Not signed in"),
    Standing.NEEDS_YOU: marked("Needs you"),
    Standing.ALONE: marked("No hub: this computer's own printers print"),
    Standing.RESTARTING: marked("Starting again"),
    Standing.AWAY: marked("Not running: nothing prints"),
}
_GONE: Final = {
    Gone.NOT_RUNNING: marked("No agent runs on this computer: tympan run"),
    Gone.DEAF: marked("The agent runs and listens on no port: tympan doctor"),
    Gone.SILENT: marked("The agent does not answer in time"),
    Gone.NO_TRAY: marked("The agent takes no tray: off by policy, or starting"),
}
_HINDRANCES: Final = {
    "media-empty": marked("paper out"),
    "media-needed": marked("paper wanted"),
    "media-jam": marked("paper jam"),
    "toner-empty": marked("toner empty"),
    "marker-supply-empty": marked("ink or toner empty"),
    "marker-waste-full": marked("waste container full"),
    "cover-open": marked("cover open"),
    "door-open": marked("door open"),
    "interlock-open": marked("cover open"),
    "output-area-full": marked("output tray full"),
    "input-tray-missing": marked("paper tray missing"),
    "output-tray-missing": marked("output tray missing"),
    "paused": marked("paused"),
    "moving-to-paused": marked("paused"),
    "shutdown": marked("shut down"),
    "deactivated": marked("deactivated"),
    "timed-out": marked("print engine does not respond"),
    "offline": marked("no answer"),
    "printer-stopped": marked("stopped"),
    "stopped": marked("stopped"),
    "certificate-changed": marked("certificate changed"),
    "job-hold-until-specified": marked("held at the device"),
    "job-password-wait": marked("a PIN is wanted"),
    "account-authorization-failed": marked("a login is wanted"),
}
"""IPP ``printer-state-reasons`` and ``job-state-reasons`` (RFC 8011 sections 5.4.12 and 5.3.8) in two words."""

_STATES: Final = {
    "receiving": marked("being taken in"),
    "received": marked("taken in"),
    "held": marked("held"),
    "queued": marked("in the queue"),
    "waiting": marked("waits"),
    "sending": marked("being sent"),
    "printing": marked("printing"),
    "unknown": marked("unknown whether printed"),
    "aborted": marked("not printed"),
}


class Words:
    """A language.

    Args:
        code: As HTML names it (BCP 47).
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self._texts = gettext.translation("tray", str(_locales()), languages=[code], fallback=True)

    def __call__(self, text: str, **names: object) -> str:
        """A marked text; what stands in it is filled in."""
        return self._texts.gettext(text) % names if names else self._texts.gettext(text)

    def counted(self, one: str, many: str, number: int, **names: object) -> str:
        """A text with a number in it."""
        return self._texts.ngettext(one, many, number) % {"number": number, **names}

    # ------------------------------------------------------------------ how it stands

    def standing(self, seen: Seen) -> str:
        """At a glance."""
        return self(_STANDING[standing(seen)])

    def lines(self, seen: Seen) -> tuple[str, ...]:
        """What else is to be said of it: needs first, then what is away."""
        if isinstance(seen, Away):
            return () if seen.restarting else self.gone(seen)
        said = [self.need(need) for need in needs(seen)]
        if seen.hub is not None and seen.hub.trouble:
            said.append(self(marked("The hub cannot be reached; direct printers print on.")))
        if sign_in_wanted(seen):
            said.append(self(marked("Nobody is signed in for your account.")))
        if seen.held:
            waiting = len(seen.held)
            said.append(self.counted("%(number)d document waits for you", "%(number)d documents wait for you", waiting))
        return tuple(said)

    def gone(self, away: Away) -> tuple[str, ...]:
        """Why no agent answers."""
        known = _GONE.get(away.gone)
        return (self(known),) if known else tuple(filter(None, (away.cause,)))

    def need(self, need: Need) -> str:
        """What a person has to do, in a line."""
        if need.why is Why.DEVICE:
            return self._at_device(need)
        if need.why is Why.SIGN_IN:
            return self.counted(
                "%(number)d document waits until you sign in",
                "%(number)d documents wait until you sign in",
                need.jobs,
            )
        named = self.title(need.name)
        if need.why is Why.UNKNOWN:
            return self(marked("Was “%(name)s” printed at %(place)s? Nobody knows"), name=named, place=need.place)
        return self(marked("“%(name)s” was not printed at %(place)s"), name=named, place=need.place)

    def advice(self, need: Need) -> str:
        """What to do about it; "" where its line says it."""
        if need.why is Why.UNKNOWN:
            return self(marked("Look at the paper there, then say on the page whether it shall be printed again."))
        if need.why is Why.SIGN_IN:
            return self(marked("They are printed by themselves as soon as you have signed in."))
        if need.why is Why.FAILED and need.detail:
            return need.detail
        return self(marked("It goes on by itself once that is mended.")) if need.why is Why.DEVICE else ""

    def _at_device(self, need: Need) -> str:
        names = {"what": self.hindrance(need.reason), "place": need.place}
        if need.pages is None:
            return self.counted(
                "%(number)d document waits: %(what)s at %(place)s",
                "%(number)d documents wait: %(what)s at %(place)s",
                need.jobs,
                **names,
            )
        return self.counted(
            "%(number)d page waits: %(what)s at %(place)s",
            "%(number)d pages wait: %(what)s at %(place)s",
            need.pages,
            **names,
        )

    # ------------------------------------------------------------------ jobs and printers

    def hindrance(self, reason: str) -> str:
        """What keeps a device from printing, in two words; an unknown keyword as it is."""
        known = _HINDRANCES.get(bare(reason))
        return self(known) if known else bare(reason).replace("-", " ")

    def title(self, name: str) -> str:
        """A job's name, or a word for one without."""
        return name or self(marked("untitled"))

    def pages(self, pages: int | None) -> str:
        """How many pages; "" when nobody knows."""
        if pages is None:
            return ""
        return self.counted("%(number)d page", "%(number)d pages", pages)

    def held(self, job: HeldJob) -> str:
        """A held job in a line."""
        return " · ".join(filter(None, (self.title(job.name), self.pages(job.pages), job.printer)))

    def job(self, job: JobView) -> str:
        """How a job stands."""
        state = self(_STATES[job.state]) if job.state in _STATES else job.state
        hindered = job.state == "waiting" and job.reason != "none"
        return f"{state}: {self.hindrance(job.reason)}" if hindered else state

    def condition(self, printer: PrinterView) -> str:
        """How a printer stands, in two words."""
        if printer.condition is Condition.READY:
            return self(marked("ready"))
        if printer.condition is Condition.UNSEEN:
            return self(marked("not looked at yet"))
        return self.hindrance("offline" if printer.condition is Condition.AWAY else printer.reason)

    def who(self, view: View) -> str:
        """Who is signed in."""
        if view.signed_in:
            return self(marked("Signed in as %(name)s"), name=view.person or view.account)
        return self(marked("Nobody is signed in"))


def of_session(env: Mapping[str, str]) -> Words:
    """The language a session's environment asks for; English where it asks for one there is none of."""
    wanted = next((env[name] for name in _VARIABLES if env.get(name)), "")
    for one in wanted.split(":"):
        code = one.partition(".")[0].partition("@")[0].replace("_", "-").partition("-")[0].lower()
        if code in LANGUAGES:
            return spoken(code)
    return spoken("en")


def of_browser(accepted: str | None) -> Words:
    """The language an ``Accept-Language`` names first among those there are (RFC 9110 section 12.5.4)."""
    for one in (accepted or "").split(","):
        code = one.partition(";")[0].strip().partition("-")[0].lower()
        if code in LANGUAGES:
            return spoken(code)
    return spoken("en")


@cache
def spoken(code: str) -> Words:
    """Each once."""
    return Words(code)


def moment(text: str, now: dt.datetime | None = None) -> str:
    """An ISO 8601 time as people here write it: today without its day."""
    try:
        at = dt.datetime.fromisoformat(text).astimezone()
    except ValueError:
        return text
    today = (now or dt.datetime.now(dt.UTC)).astimezone().date()
    return f"{at:%H:%M}" if at.date() == today else f"{at:%Y-%m-%d %H:%M}"


def _locales() -> Path:
    return Path(str(files("tympan_tray") / "locales"))
