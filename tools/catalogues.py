"""Catalogues of the portal and the tray: takes the texts from code and templates, and keeps the translations by them.

``update`` brings every catalogue up to date: new texts come in untranslated, gone ones go. ``check`` changes nothing,
names every text that lacks its translation, and ends with status 1 when there is one.
"""

import io
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
HUB = ROOT / "hub" / "src" / "tympan_hub"
TRAY = ROOT / "plugins" / "tray" / "src" / "tympan_tray"
PACKAGES = {
    HUB / "web" / "locales": [("http/portal/**.py", "python"), ("web/templates/**.html", "jinja2.ext:babel_extract")],
    TRAY / "locales": [("**.py", "python")],
}
"""Where catalogues are, and in which files of the package what they translate is said."""
OPTIONS = {"web/templates/**.html": {"silent": "false"}}
KEYWORDS = {"marked": None, "gettext": None, "_": None, "ngettext": (1, 2), "_counted": (1, 2), "counted": (1, 2)}
NOISE = re.compile(rb'^"(Report-Msgid|POT-Creation|PO-Revision|Last-Translator|Language-Team|Generated-By).*\n', re.M)
Text = str | tuple[str, ...] | list[str]
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def texts(locales: Path = HUB / "web" / "locales") -> Catalog:
    """Every text of code and templates, in English."""
    catalogue = Catalog(project="Tympan hub" if HUB in locales.parents else "Tympan tray", charset="utf-8")
    package = HUB if HUB in locales.parents else TRAY
    found = extract_from_dir(str(package), PACKAGES[locales], OPTIONS, keywords=KEYWORDS)
    for _, _, message, _, _ in found:
        catalogue.add(message)
    return catalogue


def catalogues(locales: Path = HUB / "web" / "locales") -> Iterator[tuple[Path, Catalog]]:
    """Every translated catalogue with its file."""
    for path in sorted(locales.glob("*/LC_MESSAGES/*.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale=path.parts[-3])


def update() -> int:
    """Brings the catalogues up to date."""
    for locales in PACKAGES:
        wanted = texts(locales)
        for path, catalogue in catalogues(locales):
            catalogue.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
            catalogue.obsolete.clear()
            written = io.BytesIO()
            write_po(written, catalogue, omit_header=False, sort_output=True, width=118, no_location=True)
            path.write_bytes(NOISE.sub(b"", written.getvalue()))
    return 0


def check() -> int:
    """Names what is missing, wrong, or translated though it is gone."""
    faults = []
    for locales in PACKAGES:
        wanted = {message.id: message for message in texts(locales) if message.id}
        faults += [
            f"{path.name} {path.parts[-3]}: {f}" for path, c in catalogues(locales) for f in faults_of(c, wanted)
        ]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def faults_of(catalogue: Catalog, wanted: Mapping[Text, Message]) -> Iterator[str]:
    """What is wrong with a catalogue."""
    there = {message.id: message for message in catalogue if message.id}
    for text in wanted:
        fault = fault_of(there.get(text))
        if fault:
            yield f"{fault}: {text!r}"
    for text in there:
        if text not in wanted:
            yield f"nothing says this any more: {text!r}"


def fault_of(message: Message | None) -> str:
    """What is wrong with a translation; "" when nothing."""
    if message is None or not all(forms(message.string)):
        return "not translated"
    if message.fuzzy:
        return "not looked through"
    sources = forms(message.id)
    fits = all(placeholders(form) == placeholders(sources[-1]) for form in forms(message.string))
    return "" if fits else "other placeholders"


def forms(text: object) -> tuple[str, ...]:
    """A text with its plural, or alone."""
    return tuple(str(form) for form in text) if isinstance(text, (tuple, list)) else (str(text or ""),)


def placeholders(text: str) -> set[str]:
    """Names that are filled in."""
    return set(PLACEHOLDER.findall(text))


if __name__ == "__main__":
    if sys.argv[1:] not in (["update"], ["check"]):
        raise SystemExit("usage: catalogues.py update | check")
    raise SystemExit(update() if sys.argv[1] == "update" else check())
