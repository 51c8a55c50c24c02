"""Words for what a queue can be asked for: its options by their IPP names, and their values (RFC 8011, PWG 5100.13).

- What a print system or a driver made up has no word here, and is shown as it would write it for people: ``tray-large``
  is "Tray large". A driver's own options and choices are shown as they are.
"""

import re
from collections.abc import Mapping
from typing import Final

from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._shown import paper
from tympan_hub.http.portal.views import Word

_OWN: Final = "x-"
_NUMBERED: Final = re.compile(r"(tray|roll|mailbox|stacker)-([1-9][0-9]?)", re.ASCII)
_RESOLUTION: Final = re.compile(r"([0-9]+)(?:x([0-9]+))?(dpi|dpcm)", re.ASCII)

NAMES: Final[Mapping[str, str]] = {
    "copies": marked("Copies"),
    "finishings": marked("Finishing"),
    "media": marked("Paper"),
    "media-source": marked("Paper tray"),
    "media-type": marked("Kind of paper"),
    "output-bin": marked("Output tray"),
    "print-color-mode": marked("Colour"),
    "print-quality": marked("Quality"),
    "printer-resolution": marked("Resolution"),
    "sides": marked("Sides"),
}
_SOURCES: Final[Mapping[str, str]] = {
    "auto": marked("Chosen by the printer"),
    "manual": marked("By hand"),
    "main": marked("Main tray"),
    "alternate": marked("Other tray"),
    "top": marked("Upper tray"),
    "middle": marked("Middle tray"),
    "bottom": marked("Lower tray"),
    "by-pass-tray": marked("Bypass tray"),
    "envelope": marked("Envelope feeder"),
    "large-capacity": marked("Large tray"),
    "photo": marked("Photo tray"),
}
_TYPES: Final[Mapping[str, str]] = {
    "auto": marked("Chosen by the printer"),
    "stationery": marked("Plain paper"),
    "stationery-lightweight": marked("Thin paper"),
    "stationery-heavyweight": marked("Thick paper"),
    "stationery-letterhead": marked("Letterhead"),
    "stationery-preprinted": marked("Preprinted paper"),
    "stationery-recycled": marked("Recycled paper"),
    "stationery-inkjet": marked("Inkjet paper"),
    "photographic": marked("Photo paper"),
    "photographic-glossy": marked("Glossy photo paper"),
    "photographic-matte": marked("Matte photo paper"),
    "transparency": marked("Transparency film"),
    "cardstock": marked("Card"),
    "envelope": marked("Envelope"),
    "labels": marked("Labels"),
    "other": marked("Another kind"),
}
_BINS: Final[Mapping[str, str]] = {
    "auto": marked("Chosen by the printer"),
    "face-up": marked("Face up"),
    "face-down": marked("Face down"),
    "top": marked("Upper tray"),
    "bottom": marked("Lower tray"),
    "center": marked("Middle tray"),
    "rear": marked("At the back"),
    "side": marked("At the side"),
}
_QUALITIES: Final[Mapping[str, str]] = {
    "draft": marked("Draft"),
    "normal": marked("Usual"),
    "high": marked("High"),
}
_FINISHINGS: Final[Mapping[str, str]] = {
    "none": marked("None"),
    "staple": marked("Staple"),
    "punch": marked("Punch"),
    "cover": marked("Put a cover on"),
    "bind": marked("Bind"),
    "saddle-stitch": marked("Staple in the fold"),
    "edge-stitch": marked("Staple along the edge"),
    "fold": marked("Fold"),
    "trim": marked("Trim"),
    "booklet-maker": marked("Booklet"),
    "staple-top-left": marked("Staple at the top left"),
    "staple-bottom-left": marked("Staple at the bottom left"),
    "staple-top-right": marked("Staple at the top right"),
    "staple-bottom-right": marked("Staple at the bottom right"),
    "staple-dual-left": marked("Two staples on the left"),
    "staple-dual-top": marked("Two staples at the top"),
    "staple-dual-right": marked("Two staples on the right"),
    "staple-dual-bottom": marked("Two staples at the bottom"),
    "punch-dual-left": marked("Two holes on the left"),
    "punch-dual-top": marked("Two holes at the top"),
    "punch-dual-right": marked("Two holes on the right"),
    "punch-dual-bottom": marked("Two holes at the bottom"),
}
_VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "finishings": _FINISHINGS,
    "media-source": _SOURCES,
    "media-type": _TYPES,
    "output-bin": _BINS,
    "print-color-mode": words.COLORS,
    "print-quality": _QUALITIES,
    "sides": words.SIDES,
}
_NUMBERS: Final[Mapping[str, str]] = {
    "tray": marked("Tray"),
    "roll": marked("Roll"),
    "mailbox": marked("Mailbox"),
    "stacker": marked("Stacker"),
}


def option_word(name: str) -> Word:
    """What an option is called."""
    if name in NAMES:
        return Word(text=NAMES[name])
    return Word(text=name.removeprefix(_OWN), translated=False)


def value_word(name: str, value: str) -> Word:
    """What a value of an option is called; of none, a dash."""
    if value in _VALUES.get(name, {}):
        return Word(text=_VALUES[name][value])
    if name.startswith(_OWN) or not value:
        return Word(text=value or "–", translated=False)
    if name == "media":
        return Word(text=paper(value), translated=False)
    if found := _RESOLUTION.fullmatch(value):
        dots = f"{found[1]} × {found[2]}" if found[2] else found[1]
        return Word(text=f"{dots} {found[3]}", translated=False)
    if found := _NUMBERED.fullmatch(value):
        return Word(text=_NUMBERS[found[1]], rest=found[2])
    return Word(text=_spelled(value), translated=False)


def _spelled(value: str) -> str:
    return value[:1].upper() + value[1:].replace("-", " ")


def value_words(name: str, values: tuple[str, ...]) -> tuple[tuple[str, Word], ...]:
    """Each value with what it is called; where two are called the same, with how the system calls them, too."""
    called = [(value, value_word(name, value)) for value in values]
    said = [(word.text, word.rest) for _, word in called]
    twice = {one for one in said if said.count(one) > 1}
    return tuple(
        (value, Word(text=word.text, rest=f"({value})", translated=word.translated))
        if (word.text, word.rest) in twice
        else (value, word)
        for value, word in called
    )
