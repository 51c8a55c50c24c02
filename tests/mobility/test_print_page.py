"""The page to print from, in a real browser: what it seals, what it asks, and what it says when something is wrong.

The hub's door for documents is stood in for, so that it can be cut.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pypdfium2
import pytest
from conversion_rig import corners, encoded, held_turned, unlike
from door_rig import NO_WORKER, TICKET, Door
from portal_rig import USER, Browsing, Look, ServedHub, axe_faults, browsing, furnish, served

from tympan_wire.sealed import Recipient

pytestmark = pytest.mark.system

DOCUMENTS = Path(__file__).parents[1] / "documents"
PICTURES = os.environ.get("TYMPAN_PICTURES", "")
"""A folder for pictures of the page in every look."""

PHONE = Look(name="phone", width=390)
PDF = "01-a4-1p-gray.pdf"
LONG = "02-a4-100p-10color.pdf"
MEAN_MOST = 6.0
"""Mean difference of two pictures, of 255: what JPEG and scaling leave."""

INKS_MOST = 40.0
"""The same where inks become light, which nobody does alike; a picture turned into its negative has more than 100."""


@attrs.define
class Desk:
    """Somebody before the page, and the door their documents go to."""

    here: Browsing
    door: Door

    def choose(self, name: str, content: bytes) -> None:
        """Chooses a file."""
        file: Any = {"name": name, "mimeType": "", "buffer": content}
        self.here.page.locator("#files").set_input_files([file])

    def chosen(self, name: str, content: bytes, state: str = "sealed") -> None:
        """Chooses a file, and waits until it is in a state."""
        self.choose(name, content)
        entry = self.here.page.locator("#documents li", has_text=name)
        entry.locator(f"[data-state={state}]:not([hidden])").wait_for()

    def prints(self) -> None:
        """Prints, and waits for the job's page."""
        self.here.page.locator("#print:not([disabled])").click()
        self.here.page.wait_for_url(re.compile("/jobs/"))

    def told(self, word: str) -> str:
        """What the page says is wrong."""
        line = self.here.page.locator(f"[data-tells={word}]:not([hidden])")
        line.wait_for()
        return line.inner_text()

    def again(self) -> None:
        """Opens the page once more, in the same browser."""
        self.here.go("/app/print")
        self.here.page.locator("#printer option").first.wait_for(state="attached")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHub]:
    home = tmp_path_factory.mktemp("print-page") / "home"
    furnish(home)
    with served(home) as answering:
        yield answering


@pytest.fixture(scope="module")
def look(hub: ServedHub) -> Iterator[Callable[[Look], Browsing]]:
    with browsing(hub.url) as opened:
        yield opened


@pytest.fixture(scope="module")
def phone(look: Callable[[Look], Browsing]) -> Iterator[Browsing]:
    """A phone somebody is signed in at; signing in takes as long as a whole test."""
    here = look(PHONE)
    here.page.add_init_script(NO_WORKER)
    here.sign_in(USER)
    yield here
    here.page.context.close()


@pytest.fixture
def desk(phone: Browsing) -> Desk:
    """That phone, with a door of its own and nothing left of the test before."""
    phone.complaints.clear()
    phone.page.unroute_all()
    made = Desk(phone, Door())
    made.door.stand(phone.page)
    made.again()
    phone.page.evaluate("() => indexedDB.deleteDatabase('tympan-pins') && localStorage.clear()")
    return made


def document(name: str) -> bytes:
    return (DOCUMENTS / name).read_bytes()


def test_a_pdf_is_sealed_for_the_agents_and_leaves_the_phone_in_no_other_form(desk: Desk) -> None:
    plain = document(LONG)
    desk.chosen("Q3 <b>.pdf", plain)
    page = desk.here.page
    page.get_by_role("button", name="Next page").click()
    page.locator("#page[data-drawn='2']").wait_for()
    assert page.locator("#page-of").inner_text() == "Page 2 of 100"
    page.get_by_label("Copies").fill("2")
    page.locator("#pages").fill("1-3, 7")
    page.get_by_label("Sides").select_option("two-sided-long-edge")
    page.get_by_label("Colour").select_option("monochrome")
    desk.prints()
    [handed] = desk.door.handed()
    assert handed.plain == plain
    wished = {"copies": 2, "pages": "1-3,7", "sides": "two-sided-long-edge", "color": "monochrome"}
    assert desk.door.tickets == [{**wished, "job_name": "Q3 <b>.pdf"}]
    note = {"name": "Q3 <b>.pdf", "printer": "hall", "media_type": "application/pdf", "ticket": TICKET}
    assert handed.note == {**note, "size_bytes": len(plain), "user": handed.note["user"]}
    assert {one["agent"] for one in handed.told["envelopes"]} == set(desk.door.agents)
    assert (handed.told["pages"], handed.told["copies"]) == (100, 2)
    assert not any(b"%PDF" in sent or b"/Type /Page" in sent for sent in desk.door.sent)
    assert page.url.endswith(handed.told["job"])
    assert not desk.here.complaints


SHOWN = {
    "plain.png": encoded(corners(), "PNG"),
    "gray.jpg": encoded(corners("L"), "JPEG", quality=95),
    "cmyk.jpg": encoded(corners().convert("CMYK"), "JPEG", quality=95),
    "photo.webp": encoded(corners(), "WEBP", lossless=True),
    **{f"turned-{number}.jpg": held_turned(number) for number in range(1, 9)},
}


def test_pictures_become_pages_that_look_like_them_however_the_camera_was_held(desk: Desk) -> None:
    for name, content in SHOWN.items():
        desk.again()
        desk.chosen(name, content)
        desk.prints()
        handed = desk.door.handed()[-1]
        assert handed.plain.startswith(b"%PDF-"), name
        [page] = pypdfium2.PdfDocument(handed.plain)
        assert page.get_width() > page.get_height(), f"{name} lies along the paper"
        upright = corners().convert("L") if "gray" in name else corners()
        difference = unlike(page.render(scale=1).to_pil(), upright)
        assert difference < (INKS_MOST if "cmyk" in name else MEAN_MOST), f"{name}: {difference}"
    assert not desk.here.complaints


def test_what_was_cut_goes_on_where_it_was_cut_and_stays_one_job(desk: Desk) -> None:
    plain = document(PDF) + b"\n%" + b"filler " * 400_000
    desk.chosen("long.pdf", plain)
    desk.door.cuts = 2
    desk.prints()
    assert [one.plain for one in desk.door.handed()] == [plain]


def test_who_tries_again_after_the_hub_was_away_sends_the_same_job(desk: Desk) -> None:
    desk.chosen("report.pdf", document(PDF))
    desk.door.cuts = 6
    desk.here.page.locator("#print").click()
    desk.here.page.evaluate(_ONLINE)
    assert "The hub does not answer." in desk.told("away")
    assert not desk.door.taken
    desk.here.complaints.clear()
    desk.prints()
    assert [one.plain for one in desk.door.handed()] == [document(PDF)]
    assert len(desk.door.uploads) == 1


_ONLINE = "() => { setInterval(() => dispatchEvent(new Event('online')), 20) }"
"""A network that comes and goes: who waits for the next try waits no longer."""


@pytest.mark.parametrize("trusts", [False, True])
def test_a_changed_key_is_shown_and_used_only_by_who_says_so(desk: Desk, trusts: bool) -> None:
    desk.chosen("first.pdf", document(PDF))
    desk.prints()
    first, second = desk.door.agents
    desk.door.agents[first] = Recipient.generate()
    desk.again()
    desk.chosen("second.pdf", document(PDF))
    desk.here.page.locator("#print").click()
    asked = desk.here.page.get_by_role("alertdialog", name="The key of a computer changed")
    asked.wait_for()
    assert asked.locator("#changed li").count() == 1
    assert len(desk.door.taken) == 1, "nothing was sealed for it before"
    assert axe_faults(desk.here.page) == []
    asked.get_by_role("button", name="I know of it" if trusts else "Do not use the new key").click()
    desk.here.page.wait_for_url(re.compile("/jobs/"))
    sealed_for = [one["agent"] for one in desk.door.taken[1]["envelopes"]]
    assert sorted(sealed_for) == ([first, second] if trusts else [second])


def test_where_every_key_changed_nothing_is_sent_without_a_yes(desk: Desk) -> None:
    desk.chosen("first.pdf", document(PDF))
    desk.prints()
    desk.door.agents = {agent: Recipient.generate() for agent in desk.door.agents}
    desk.again()
    desk.chosen("second.pdf", document(PDF))
    desk.here.page.locator("#print").click()
    desk.here.page.get_by_role("button", name="Do not use the new key").click()
    assert "changed" in desk.told("keys")
    assert len(desk.door.taken) == 1


def test_what_the_hub_must_convert_is_asked_before_a_byte_of_it_is_sent(desk: Desk) -> None:
    desk.door.converted = document(PDF)
    desk.chosen("letter.docx", b"PK\x03\x04 secret letter", "convert")
    assert desk.here.page.locator("#print").is_disabled()
    assert not any(b"secret letter" in sent for sent in desk.door.sent)
    desk.here.page.evaluate("Object.defineProperty(navigator, 'language', {value: 'es-MX'})")
    desk.here.page.get_by_role("button", name="Let the hub convert it").click()
    desk.here.page.locator("[data-state=converted]:not([hidden])").wait_for()
    assert desk.door.conversions == [b"PK\x03\x04 secret letter"]
    assert desk.door.sheets == ["letter"], "by where the browser says that its person is"
    desk.prints()
    assert [one.plain for one in desk.door.handed()] == [document(PDF)]


REASONS = {
    "password": "opens only with a password",
    "broken": "is damaged",
    "too-large": "is too large",
    "too-long": "too many pages",
    "unsupported": "cannot convert documents of this kind",
    "converter-away": "is not there now",
}


def test_each_refusal_of_a_conversion_is_said_in_words_of_the_page(desk: Desk) -> None:
    for reason, words in REASONS.items():
        desk.again()
        desk.door.refusal = reason
        desk.chosen("letter.docx", b"PK\x03\x04", "convert")
        desk.here.page.get_by_role("button", name="Let the hub convert it").click()
        said = desk.told(reason)
        assert words in said
        assert "letter.docx" in said


WRONG = {
    "password": document("06-encrypted-user-rc4.pdf"),
    "broken": b"%PDF-1.7 and then nothing that is one",
    "empty": b"",
}


def test_why_the_hub_takes_no_document_is_said_in_whole_sentences(desk: Desk) -> None:
    desk.door.full = {"detail": "100 documents you handed in wait already", "next_step": "Cancel some.", "status": 409}
    desk.chosen("Plans.pdf", document(PDF))
    desk.here.page.locator("#print:not([disabled])").click()
    assert "100 documents you handed in wait already. Cancel some." in desk.told("refused")
    desk.here.complaints.clear()  # the browser's, of the answer
    desk.door.full = {}
    desk.prints()
    assert len(desk.door.taken) == 1


def test_what_cannot_be_printed_is_said_at_once_and_never_sent(desk: Desk) -> None:
    for word, content in WRONG.items():
        desk.again()
        desk.chosen(f"{word}.pdf", content, "bad")
        assert f"{word}.pdf:" in desk.told(word)
        assert desk.here.page.locator("#print").is_disabled()
    desk.chosen("broken.png", SHOWN["plain.png"][:60], "bad")
    assert "broken.png:" in desk.told("broken")
    assert not any(desk.door.uploads.values())


def test_pages_that_are_not_there_are_not_asked_for(desk: Desk) -> None:
    desk.chosen("one.pdf", document(PDF))
    for pages in ("0", "2", "1-x", "3-1", ","):
        desk.here.page.locator("#pages").fill(pages)
        desk.here.page.locator("#print").click()
        assert "not pages of the document" in desk.told("pages"), pages
    assert not desk.door.taken


def test_a_printer_says_what_it_does_and_why_it_cannot(desk: Desk) -> None:
    desk.chosen("one.pdf", document(PDF))
    page = desk.here.page
    page.get_by_label("Printer").select_option("follow")
    assert page.locator("#print").inner_text() == "Send and hold"
    assert page.locator("#color option[value=color]").is_disabled()
    assert page.locator("#sides option:not([disabled])").count() == 1
    page.get_by_label("Printer").select_option("asleep")
    page.get_by_text("No computer that prints there was heard of.").wait_for()
    assert page.locator("#print").is_disabled()


def test_several_documents_are_handed_in_one_after_the_other(desk: Desk) -> None:
    desk.chosen("one.pdf", document(PDF))
    desk.chosen("two.png", SHOWN["plain.png"])
    desk.here.page.locator("#print:not([disabled])").click()
    desk.here.page.locator("#done:not([hidden])").wait_for()
    desk.here.page.locator("#jobs li").nth(1).wait_for()
    assert [one.note["name"] for one in desk.door.handed()] == ["one.pdf", "two.png"]
    assert desk.here.page.locator("#documents li").count() == 0


def test_what_another_app_shares_is_kept_on_the_phone_until_the_page_takes_it(look: Callable[[Look], Browsing]) -> None:
    here = look(PHONE)
    here.sign_in(USER)
    here.go("/app/print")
    here.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    here.page.reload()
    assert here.page.evaluate("navigator.serviceWorker.controller !== null")
    shared: list[str] = []
    here.page.context.on("request", lambda request: shared.append(request.url) if request.service_worker else None)
    here.page.evaluate(_SHARE)
    here.page.locator("#documents li", has_text="geteilt ü.png").locator("[data-state=sealed]:not([hidden])").wait_for()
    assert not any(url.endswith("/app/share") for url in shared)
    assert here.page.evaluate("caches.has('tympan-shared')") is False
    assert here.page.url.endswith("/app/print")
    here.page.context.close()


_SHARE = """
async () => {
  const canvas = new OffscreenCanvas(8, 8);
  canvas.getContext("2d").fillRect(0, 0, 8, 8);
  const picture = new File([await canvas.convertToBlob()], "geteilt ü.png", { type: "image/png" });
  const input = Object.assign(document.createElement("input"), { type: "file", name: "documents" });
  const carried = new DataTransfer();
  carried.items.add(picture);
  input.files = carried.files;
  const form = Object.assign(document.createElement("form"), { method: "post", action: "/app/share", enctype: "multipart/form-data" });
  form.append(input);
  document.body.append(form);
  form.submit();
}
"""  # noqa: E501  # as a phone's share sheet sends it

MORE = () if PICTURES else pytest.mark.soak
LOOKS = [
    pytest.param(Look(name="phone-dark-de", width=390, dark=True, language="de-DE"), id="phone-dark"),
    pytest.param(Look(name="laptop"), id="laptop", marks=MORE),
    pytest.param(PHONE, id="phone", marks=MORE),
    pytest.param(Look(name="laptop-dark-de", dark=True, language="de-DE"), id="laptop-dark", marks=MORE),
]


@pytest.mark.parametrize("seen", LOOKS)
def test_the_page_is_open_to_everybody_and_no_wider_than_the_screen(
    look: Callable[[Look], Browsing], seen: Look
) -> None:
    here = look(seen)
    here.page.add_init_script(NO_WORKER)
    here.sign_in(USER)
    desk = Desk(here, Door())
    desk.door.stand(here.page)
    desk.again()
    desk.chosen("Quarterly_report_2026_of_the_board_with_a_very_long_name.pdf", document(LONG))
    desk.chosen("letter.docx", b"PK\x03\x04", "convert")
    desk.chosen("empty.pdf", b"", "bad")
    if PICTURES:
        here.page.screenshot(path=Path(PICTURES) / f"print-{seen.name}.png", full_page=True)
    wide = desk.here.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (axe_faults(desk.here.page), wide, desk.here.complaints) == ([], 0, [])
    desk.here.page.context.close()
