"""Languages of the portal: which there are, which one a reader gets, and its catalogue."""

import functools
import gettext
from enum import StrEnum
from pathlib import Path
from typing import Final

LOCALES: Final = Path(__file__).parents[2] / "web" / "locales"
_DOMAIN: Final = "portal"


class Language(StrEnum):
    """A language, by its tag (BCP 47). English is what stands in the code."""

    ENGLISH = "en"
    GERMAN = "de"

    @property
    def own_name(self) -> str:
        """As its speakers call it."""
        return _OWN_NAMES[self]


_OWN_NAMES = {Language.ENGLISH: "English", Language.GERMAN: "Deutsch"}


def marked(text: str) -> str:
    """Marks an English text for the catalogues; it is translated where it is shown."""
    return text


def chosen(kept: str, accepted: str) -> Language:
    """The language kept in the reader's cookie, else the first the browser accepts that there is, else English.

    Args:
        kept: Value of the cookie; "" when there is none.
        accepted: The header ``Accept-Language`` (RFC 9110 section 12.5.4).
    """
    for tag in (kept, *_by_preference(accepted)):
        found = _known(tag)
        if found:
            return found
    return Language.ENGLISH


@functools.cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """The catalogue of a language; English needs none."""
    if language is Language.ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation(_DOMAIN, LOCALES, [language.value])


def _known(tag: str) -> Language | None:
    primary = tag.strip().lower().partition("-")[0]
    return Language(primary) if primary in set(Language) else None


def _by_preference(accepted: str) -> list[str]:
    ranges = [_weighed(part) for part in accepted[:500].split(",")]
    return [tag for weight, tag in sorted(ranges, key=lambda pair: -pair[0]) if weight > 0]


def _weighed(part: str) -> tuple[float, str]:
    tag, _, weight = part.partition(";q=")
    try:
        return float(weight or 1), tag
    except ValueError:
        return 0.0, tag
