"""The house rules of the portal's files: nothing inline, nothing of others unchecked, no text without its German."""

from __future__ import annotations

import datetime as dt
import gettext
import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.people import Role
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal._language import LOCALES, Language, catalogue, chosen
from tympan_hub.http.portal._moments import Reader, zone
from tympan_hub.http.portal._pages import STATIC, WEB, asset

ROOT = Path(__file__).resolve().parents[3]
VENDOR = STATIC / "vendor"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


def test_files_of_others_are_as_they_came_and_have_their_licence() -> None:
    listed = tomllib.loads((VENDOR / "manifest.toml").read_text("utf-8"))["file"]
    assert {entry["name"] for entry in listed} == {path.name for path in VENDOR.iterdir()} - {"manifest.toml"}
    for entry in listed:
        assert hashlib.sha256((VENDOR / entry["name"]).read_bytes()).hexdigest() == entry["sha256"], entry["name"]
        assert (VENDOR / f"{entry['name'].partition('.')[0]}.LICENSE.txt").exists()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_nothing_runs_or_is_styled_inline(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=.js", text, flags=re.I)
    assert all("src=" in script for script in re.findall(r"<script[^>]*>", text))
    assert ("| safe" in text) == (template.name == "icons.html")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_form_that_changes_something_carries_its_secret(template: Path) -> None:
    for form in re.findall(r'<form[^>]*method="post".*?</form>', template.read_text("utf-8"), flags=re.S):
        assert "hidden(frame)" in form


def test_every_text_has_its_translation() -> None:
    command = [sys.executable, str(ROOT / "tools" / "catalogues.py"), "check"]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, f"{checked.stdout}\ntools/catalogues.py update brings in what is new"


@pytest.mark.parametrize("language", sorted({*Language} - {Language.ENGLISH}))
def test_the_compiled_catalogue_is_the_one_in_the_source(language: Language) -> None:
    folder = LOCALES / language / "LC_MESSAGES"
    with (folder / "portal.po").open("rb") as texts:
        source = {message.id: message.string for message in read_po(texts, locale=language.value) if message.id}
    words_of = catalogue(language)
    for text, translated in source.items():
        found = (
            words_of.gettext(text)
            if isinstance(text, str)
            else [words_of.ngettext(text[0], text[1], number) for number in (1, 2)]
        )
        assert found == (translated if isinstance(translated, str) else list(translated or ())), "run make setup"


def test_every_standing_and_role_has_a_word_and_no_two_standings_look_alike() -> None:
    assert set(words.STANDINGS) == set(Standing)
    assert set(words.ROLES) == set(Role)
    assert len({shown.word for shown in words.STANDINGS.values()}) == len(Standing)


def test_static_addresses_change_with_their_files() -> None:
    assert re.fullmatch(r"/static/tokens\.css\?v=[0-9a-f]{12}", asset("tokens.css"))
    assert asset("tokens.css") != asset("frame.css").replace("frame", "tokens")


@pytest.mark.parametrize(
    ("kept", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "de", "de"),
        ("", "fr, de;q=0.5", "de"),
        ("", "de;q=0, en", "en"),
        ("", "en;q=0.2, de;q=0.3", "de"),
        ("de", "en", "de"),
        ("xx", "de;q=rubbish", "en"),
        ("", ",;=,", "en"),
    ],
)
def test_the_language_is_the_best_there_is(kept: str, accepted: str, language: str) -> None:
    assert chosen(kept, accepted) == language


def reader(language: Language, place: str = "Europe/Berlin") -> Reader:
    return Reader(language=language, words=catalogue(language), zone=zone(place), now=NOW)


def test_times_are_told_as_people_tell_them() -> None:
    english, german = reader(Language.ENGLISH), reader(Language.GERMAN)
    before = dt.timedelta
    assert ">just now<" in english.ago(NOW + before(seconds=5))
    assert ">1 minute ago<" in english.ago(NOW - before(seconds=60))
    assert ">vor 23 Stunden<" in german.ago(NOW - before(hours=23, minutes=59))
    assert ">28 Feb 2026, 13:00<" in english.ago(NOW - before(hours=24))
    assert ">1. März 2026, 13:00:00<" in german.moment(NOW, seconds=True)
    assert ">1 Mar 2026, 12:00 UTC<" in reader(Language.ENGLISH, "").moment(NOW)


@pytest.mark.parametrize("name", ["", "Nowhere/Land", "../../etc/passwd", "/etc/passwd", "x" * 5000, "\0"])
def test_a_zone_nobody_knows_is_utc(name: str) -> None:
    assert zone(name) is dt.UTC


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1,0 KiB"),
        (10 * 1024, "10 KiB"),
        (1_843_200, "1,8 MiB"),
        (1 << 40, "1024 GiB"),
    ],
)
def test_sizes_have_a_unit_that_fits(octets: int, text: str) -> None:
    assert reader(Language.GERMAN).size(octets) == text


def test_english_needs_no_catalogue() -> None:
    assert type(catalogue(Language.ENGLISH)) is gettext.NullTranslations
