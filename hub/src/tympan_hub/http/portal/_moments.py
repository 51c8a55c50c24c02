"""Times, sizes, answers and agents' lines as text, in the reader's language and zone."""

import datetime as dt
import gettext
import zoneinfo

from attrs import frozen
from markupsafe import Markup, escape

from tympan_hub.http.portal._agent_lines import in_words
from tympan_hub.http.portal._language import Language, marked

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_SPANS = (
    (_DAY, _HOUR, (marked("%(num)s d"), marked("%(num)s d %(rest)s h"))),
    (_HOUR, _MINUTE, (marked("%(num)s h"), marked("%(num)s h %(rest)s min"))),
    (_MINUTE, 1, (marked("%(num)s min"), marked("%(num)s min %(rest)s s"))),
    (1, 0, (marked("%(num)s s"), marked("%(num)s s"))),
)
_MONTHS = {
    Language.ENGLISH: ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    Language.GERMAN: ("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."),
}
_DAY_FORMS = {Language.ENGLISH: "{day} {month} {year}", Language.GERMAN: "{day}. {month} {year}"}
_UNITS = ("B", "KiB", "MiB", "GiB")
_THOUSANDS = {Language.ENGLISH: ",", Language.GERMAN: "."}
_POINTS = {Language.ENGLISH: ".", Language.GERMAN: ","}


def zone(name: str) -> dt.tzinfo:
    """A zone by its name, as the reader's browser gave it; UTC for one nobody knows."""
    try:
        return zoneinfo.ZoneInfo(name[:64]) if name else dt.UTC
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return dt.UTC


@frozen(kw_only=True)
class Reader:
    """Who reads a page: language, catalogue, zone, and the time it is."""

    language: Language
    words: gettext.NullTranslations
    zone: dt.tzinfo
    now: dt.datetime

    def moment(self, at: dt.datetime, *, seconds: bool = False) -> Markup:
        """A time, to the minute or second."""
        return _time(at, self._spelled(at, seconds=seconds))

    def ago(self, at: dt.datetime) -> Markup:
        """How long ago it was, within a day; else the time."""
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            at.isoformat(), self._spelled(at), self._since(at) or self._spelled(at)
        )

    def size(self, octets: int) -> str:
        """A size in a unit that fits."""
        power = min(max(octets.bit_length() - 1, 0) // 10, len(_UNITS) - 1)
        amount = octets / 1024**power
        text = f"{amount:.1f}" if power and amount < 10 else f"{amount:.0f}"
        return f"{text.replace('.', _POINTS[self.language])} {_UNITS[power]}"

    def number(self, number: int) -> str:
        """A whole number, its thousands apart."""
        return f"{number:,}".replace(",", _THOUSANDS[self.language])

    def percent(self, share: float) -> str:
        """A share as whole per cents."""
        return f"{share * 100:.0f}\N{NO-BREAK SPACE}%" if self.language is Language.GERMAN else f"{share * 100:.0f}%"

    def told(self, line: str) -> Markup:
        """An agent's line in the reader's language; one that is only there in English is marked as that."""
        words = in_words(line, self.words)
        text = words or line
        spelled = escape(text[:1].upper() + text[1:])
        return spelled if words else Markup('<span lang="en">{}</span>').format(spelled)

    def lasted(self, span: dt.timedelta) -> str:
        """How long something took, in the two largest units."""
        seconds = max(round(span.total_seconds()), 0)
        for unit, smaller, forms in _SPANS:
            if seconds >= unit:
                rest = seconds % unit // smaller if smaller else 0
                return self.words.gettext(forms[1] if rest else forms[0]) % {"num": seconds // unit, "rest": rest}
        return self.words.gettext("less than a second")

    def day(self, day: dt.date) -> str:
        """A day."""
        form = _DAY_FORMS[self.language]
        return form.format(day=day.day, month=_MONTHS[self.language][day.month - 1], year=day.year)

    def short_day(self, day: dt.date) -> str:
        """A day without its year."""
        return self.day(day).rpartition(" ")[0]

    def month(self, day: dt.date) -> str:
        """The month of a day, with its year."""
        return f"{self.month_name(day)} {day.year}"

    def month_name(self, day: dt.date) -> str:
        """The month of a day."""
        return _MONTHS[self.language][day.month - 1]

    def sides(self, impressions: int, color: int) -> str:
        """So many sides, so many of them with colour."""
        told = self.words.ngettext(
            "%(num)s side, %(color)s in colour", "%(num)s sides, %(color)s in colour", impressions
        )
        return told % {"num": self.number(impressions), "color": self.number(color)}

    def yes_no(self, answer: bool | None) -> str:
        """An answer as a word."""
        words = {None: self.words.gettext("Not known yet"), True: self.words.gettext("Yes")}
        return words.get(answer, self.words.gettext("No"))

    def _since(self, at: dt.datetime) -> str:
        passed = (self.now - at).total_seconds()
        if passed < _MINUTE:
            return self.words.gettext("just now")
        if passed < _HOUR:
            return self._counted("%(num)s minute ago", "%(num)s minutes ago", passed / _MINUTE)
        if passed < _DAY:
            return self._counted("%(num)s hour ago", "%(num)s hours ago", passed / _HOUR)
        return ""

    def _counted(self, one: str, many: str, number: float) -> str:
        return self.words.ngettext(one, many, int(number)) % {"num": int(number)}

    def _spelled(self, at: dt.datetime, *, seconds: bool = False) -> str:
        there = at.astimezone(self.zone)
        day = self.day(there.date())
        clock = there.strftime("%H:%M:%S" if seconds else "%H:%M")
        return f"{day}, {clock}" + (" UTC" if self.zone is dt.UTC else "")


def _time(at: dt.datetime, text: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), text)
