"""Catalogues of the portal: takes the texts from code and templates, and keeps the translations beside them.

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
PACKAGE = ROOT / "hub" / "src" / "tympan_hub"
LOCALES = PACKAGE / "web" / "locales"
METHODS = [("http/portal/**.py", "python"), ("web/templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"web/templates/**.html": {"silent": "false"}}
KEYWORDS = {"marked": None, "gettext": None, "_": None, "ngettext": (1, 2), "_counted": (1, 2)}
NOISE = re.compile(rb'^"(Report-Msgid|POT-Creation|PO-Revision|Last-Translator|Language-Team|Generated-By).*\n', re.M)
Text = str | tuple[str, ...] | list[str]
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def texts() -> Catalog:
    """Every text of code and templates, in English."""
    catalogue = Catalog(project="Tympan hub", charset="utf-8")
    found = extract_from_dir(str(PACKAGE), METHODS, OPTIONS, keywords=KEYWORDS)
    for _, _, message, _, _ in found:
        catalogue.add(message)
    return catalogue


def catalogues() -> Iterator[tuple[Path, Catalog]]:
    """Every translated catalogue with its file."""
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/portal.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale=path.parts[-3])


def update() -> int:
    """Brings the catalogues up to date."""
    wanted = texts()
    for path, catalogue in catalogues():
        catalogue.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        written = io.BytesIO()
        write_po(written, catalogue, omit_header=False, sort_output=True, width=118, no_location=True)
        path.write_bytes(NOISE.sub(b"", written.getvalue()))
    return 0


def check() -> int:
    """Names what is missing, wrong, or translated though it is gone."""
    wanted = {message.id: message for message in texts() if message.id}
    faults = [f"{path.parts[-3]}: {fault}" for path, there in catalogues() for fault in faults_of(there, wanted)]
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
