"""What the page says, in English and German. A phone gets the language it asks for first."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Word(Enum):
    """A sentence of the page."""

    TITLE = "Release near by"
    WELCOME = "This computer holds documents of Tympan."
    HOW = "Open the app on your phone: it leads here when the hub cannot be reached, and brings what it needs."
    PASTE = "What the app kept"
    DEVICE = "Device"
    NO_DEVICE = "This computer knows no device at which documents may come out."
    RELEASE = "Release"
    READY = "Documents ready to be released:"
    SENT = "On their way to the device:"
    HELD = "Not released:"
    MORE = "and more"
    NOTHING = "Nothing was released."
    BACK = "Back to the start"
    FAILED = "This did not work"
    NEXT = "What next:"


_GERMAN: Final = {
    Word.TITLE: "In der Nähe freigeben",
    Word.WELCOME: "Dieser Computer hält Dokumente von Tympan zurück.",
    Word.HOW: (
        "Öffnen Sie die App auf dem Telefon: Ist der Hub nicht erreichbar, führt sie hierher und bringt mit, was nötig "
        "ist."
    ),
    Word.PASTE: "Was die App aufgehoben hat",
    Word.DEVICE: "Gerät",
    Word.NO_DEVICE: "Dieser Computer kennt kein Gerät, an dem Dokumente herauskommen dürfen.",
    Word.RELEASE: "Freigeben",
    Word.READY: "Bereit zur Freigabe:",
    Word.SENT: "Unterwegs zum Gerät:",
    Word.HELD: "Nicht freigegeben:",
    Word.MORE: "und weitere",
    Word.NOTHING: "Es wurde nichts freigegeben.",
    Word.BACK: "Zurück zum Anfang",
    Word.FAILED: "Das hat nicht geklappt",
    Word.NEXT: "Nächster Schritt:",
}


class Language:
    """A language of the page.

    Args:
        code: As HTML names it (BCP 47).
    """

    def __init__(self, code: str) -> None:
        self.code = code

    def __call__(self, word: Word) -> str:
        """A sentence."""
        return _GERMAN[word] if self.code == "de" else word.value


def language(accepted: str | None) -> Language:
    """The one an ``Accept-Language`` names first; English for every other."""
    first = (accepted or "").split(",")[0].strip().lower()
    return Language("de" if first == "de" or first.startswith("de-") else "en")
