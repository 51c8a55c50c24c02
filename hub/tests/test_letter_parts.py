"""What of a letter is printed, and how little a letter of an attacker costs."""

from __future__ import annotations

import uuid
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letter_rig import attached, letter

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import MailAddressId
from tympan_hub.domain.letter_parts import opened, readable
from tympan_hub.domain.letters import letter_of
from tympan_hub.domain.limits.mail import DEPTH_MOST, DOCUMENTS_MOST, PARTS_MOST, PICTURES_BYTES

PNG = b"\x89PNG\r\n\x1a\n picture" + bytes(1000)


def names(content: bytes) -> list[str]:
    return [one.name for one in letter_of(content).documents]


def page(text: str, *pictures: str) -> EmailMessage:
    """A letter with a text, a page, and pictures that are parts of it."""
    made = letter(subject="Page")
    made.set_content("the plain form")
    made.add_alternative(text, subtype="html")
    shown = made.get_payload()[1]  # type: ignore[index]
    for name in pictures:
        shown.add_related(PNG, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")  # type: ignore[union-attr]
    return made


def test_attachments_come_in_order_as_their_bytes_are() -> None:
    made = letter()
    made.set_content("see attached")
    files = [("größe.pdf", bytes(range(256))), ("b.docx", b"PK\3\4"), ("c.txt", b"\r\n--x\r\n")]
    documents = letter_of(attached(made, *files).as_bytes()).documents
    assert [(one.name, one.content) for one in documents] == files


def test_a_page_is_printed_in_place_of_the_same_as_text_with_the_pictures_it_shows() -> None:
    [document] = letter_of(page('Grüße <img src="cid:logo">', "logo").as_bytes()).documents
    text = document.content.decode("utf-8-sig")
    assert (document.name, document.media_type) == ("Page", "text/html")
    assert "Grüße" in text
    assert "cid:" not in text
    assert "data:image/png;base64,iVBORw" in text


def test_pictures_whose_ids_begin_alike_are_told_apart_and_a_document_is_no_picture() -> None:
    made = page('<img src="cid:i10"><img src="cid:i%31"><object data="cid:plan">', "i10", "i1")
    text = letter_of(made.as_bytes()).documents[0].content.decode("utf-8-sig")
    assert text.count("data:image/png;base64,") == 2 and "cid:plan" in text
    made = page('<img src="cid:i10"><object data="cid:plan">', "i10")
    made.make_mixed()
    for name in ("i1", "plan"):
        made.add_attachment(
            b"%PDF", "application", "pdf", cid=f"<{name}>", filename=f"{name}.pdf", disposition="inline"
        )
    assert names(made.as_bytes()) == ["i1.pdf", "plan.pdf"]


def test_a_picture_of_a_signature_is_no_attachment_and_one_that_no_page_shows_is() -> None:
    made = page('<img src="cid:logo">', "logo", "photo")
    assert names(made.as_bytes()) == ["photo.png"]
    assert names(attached(made, ("a.pdf", b"%PDF")).as_bytes()) == ["photo.png", "a.pdf"]


def test_a_page_that_shows_a_picture_many_times_does_not_grow_by_all_of_them() -> None:
    made = page('<img src="cid:logo">' * 50_000, "logo")
    [document] = letter_of(made.as_bytes()).documents
    assert len(document.content) < PICTURES_BYTES + 50_000 * 30


def test_text_in_any_character_set_is_printed_as_it_was_written() -> None:
    made = letter(subject="Tür")
    made.set_content("Größe\r\n", charset="iso-8859-1")
    made.add_attachment("naïve\n", filename="x.txt", charset="cp1252")
    [document] = letter_of(made.as_bytes()).documents
    assert document.content.decode().rstrip() == "naïve"
    plain = letter(subject="Tür")
    plain.set_content("Größe\r\n", charset="iso-8859-1")
    [document] = letter_of(plain.as_bytes()).documents
    assert (document.name, document.content.decode().strip()) == ("Tür", "Größe")


@pytest.mark.parametrize("charset", ["no-such", "punycode", "zip", "idna", "unicode_escape", "undefined"])
def test_a_character_set_that_is_none_is_read_as_what_most_letters_are_in(charset: str) -> None:
    raw = f"Subject: x\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode() + "Grüße \\x41".encode()
    [document] = letter_of(raw).documents
    assert document.content.decode() == "Grüße \\x41"


def test_a_signed_letter_is_printed_without_its_signature() -> None:
    raw = (
        b'Subject: s\r\nContent-Type: multipart/signed; boundary="b"\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n'
        b"Content-Type: application/pgp-signature; name=signature.asc\r\n\r\nxyz\r\n--b--\r\n"
    )
    assert [one.content for one in letter_of(raw).documents] == [b"hello"]
    mixed = raw.replace(b"multipart/signed", b"multipart/mixed")
    assert [one.content for one in letter_of(mixed).documents] == [b"hello"]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b'Content-Type: multipart/encrypted; boundary="b"\r\n\r\n--b\r\n\r\nVersion: 1\r\n--b--', "encrypted"),
        (b"Subject: nothing\r\n\r\n \r\n", "nothing in the letter"),
        (b"", "nothing in the letter"),
        (b'Content-Type: multipart/mixed; boundary="b"\r\n\r\nno part', "nothing in the letter"),
        (attached(letter(), *[(f"{n}.pdf", b"x") for n in range(DOCUMENTS_MOST + 1)]).as_bytes(), "at most 20"),
    ],
)
def test_a_letter_that_cannot_be_printed_says_why(raw: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        letter_of(raw)


def nested(depth: int) -> bytes:
    """Parts within parts."""
    heads = (f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}\r\n'.encode() for n in range(depth))
    return b"".join(heads) + b"\r\nhello"


def test_a_bomb_of_parts_within_parts_or_beside_each_other_is_refused_before_it_is_read() -> None:
    assert letter_of(nested(DEPTH_MOST)).documents
    for depth in (DEPTH_MOST + 1, 100_000):
        with pytest.raises(BadInput, match="too many parts"):
            letter_of(nested(depth))
    beside = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\n\r\n" * (PARTS_MOST * 1000)
    with pytest.raises(BadInput, match="too many parts"):
        letter_of(beside)


def test_a_part_that_lacks_its_end_is_what_came_and_a_boundary_within_a_line_is_none() -> None:
    raw = b'Content-Type: multipart/mixed; boundary="b"\n\npreamble\n--b\n\none --b\n--bc\ntwo'
    [document] = letter_of(raw).documents
    assert document.content == b"one --b\n--bc\ntwo"


def test_the_same_document_of_the_same_letter_is_the_same_job_and_of_no_other() -> None:
    address, other = MailAddressId(uuid.uuid4()), MailAddressId(uuid.uuid4())
    first = letter_of(attached(letter(), ("a.pdf", b"a"), ("b.pdf", b"a")).as_bytes())
    again = letter_of(b"X-Passed: here\r\n" + attached(letter(), ("a.pdf", b"a"), ("b.pdf", b"a")).as_bytes())
    edited = letter_of(attached(letter(), ("a.pdf", b"c")).as_bytes())
    later = letter_of(attached(letter(mark="<2@x>"), ("a.pdf", b"a")).as_bytes())
    jobs = [one.job(address, first.id, place) for place, one in enumerate(first.documents)]
    assert jobs == [one.job(address, again.id, place) for place, one in enumerate(again.documents)]
    others = [one.documents[0].job(address, one.id, 0) for one in (edited, later)]
    assert len({*jobs, *others, first.documents[0].job(other, first.id, 0)}) == 5


@given(st.binary(max_size=400), st.sampled_from(["mixed", "alternative", "related", "signed"]))
def test_any_bytes_are_a_letter_or_refused(body: bytes, kind: str) -> None:
    raw = f'Content-Type: multipart/{kind}; boundary="b"\r\n\r\n--b\r\n'.encode() + body
    for content in (body, raw):
        try:
            assert letter_of(content).documents
        except BadInput:
            continue


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_what_is_attached_comes_out_as_it_went_in(files: list[bytes]) -> None:
    made = EmailMessage(policy=SMTP)
    for number, content in enumerate(files):
        made.add_attachment(content, maintype="application", subtype="x", filename=str(number))
    _, whole = opened(made.as_bytes())
    assert [part.content for part in whole.parts] == files


def test_a_subject_that_is_written_in_no_known_way_stays_as_it_stands() -> None:
    assert readable("=?no-such?q?x?=") == "=?no-such?q?x?="
    assert readable("=?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n there") == "Grüße there"
    assert len(readable("x" * 100_000)) == 255


@pytest.mark.parametrize("name", ["Content-Type", "Content-Disposition"])
def test_attack_a_part_that_says_too_much_of_itself_is_not_listened_to(name: str) -> None:
    with pytest.raises(BadInput, match="says too much"):
        letter_of(f'{name}: text/plain; name="{";" * 5000}\r\n\r\nx'.encode())


def test_a_line_between_parts_in_a_character_set_that_raises_is_none() -> None:
    with pytest.raises(BadInput, match="nothing in the letter"):
        letter_of(b"Content-Type: multipart/mixed; boundary*=undefined''x\r\n\r\n--x\r\n\r\ntext\r\n--x--\r\n")
