"""Letters that come to be printed: what of them is printed, and in which order.

- The attachments, or where there is none, what is written in the letter.
- A picture that the letter's page shows is none of its attachments, such as one in somebody's signature: it is put
  into the page. What only proves who wrote it is not printed.
- Of a text that comes in several forms the richest counts that is a page or a text, as its reader would see it.
"""

import base64
import hashlib
import html
import re
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Final
from urllib.parse import unquote

from attrs import field, frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import JobId, MailAddressId
from tympan_hub.domain.letter_parts import Head, Part, head_of, opened
from tympan_hub.domain.limits.mail import DOCUMENTS_MOST, PICTURES_BYTES
from tympan_hub.domain.mail_senders import Header

_PLAIN: Final = "text/plain"
_PAGE: Final = "text/html"
_PROOFS: Final = frozenset(
    {
        "application/pgp-signature",
        "application/pgp-keys",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    }
)
_BOM: Final = b"\xef\xbb\xbf"
_NAMED: Final = re.compile(r"cid:([^\s\"'<>()&]{1,255})", re.IGNORECASE)
"""How a page names a part of its letter (RFC 2392)."""


@frozen(kw_only=True)
class Enclosed:
    """A document in a letter.

    Attributes:
        name: Of the file, or what the letter is about.
        media_type: What its sender calls it.
        content: Its bytes.
        is_damaged: They are not written as the letter says.
    """

    name: str
    media_type: str
    content: bytes = field(repr=False)
    is_damaged: bool = False

    def job(self, address: MailAddressId, letter: str, place: int) -> JobId:
        """The id of its job: the same letter again, to the same address, is the same job."""
        digest = hashlib.sha256(self.content).hexdigest()
        return JobId(uuid.uuid5(address, f"{letter} {place} {digest}"))


@frozen(kw_only=True)
class Letter:
    """A letter.

    Attributes:
        subject: What it is about.
        id: Its ``Message-ID``; "" for none.
        documents: What is printed of it.
        accepted: The languages its sender reads, as its program says (RFC 3282); else that it is written in; else "".
    """

    subject: str
    id: str
    documents: tuple[Enclosed, ...]
    accepted: str = ""


def is_answer(headers: Iterable[Header]) -> bool:
    """Whether a machine answers with a letter (RFC 3834), such as one that says who is on holiday."""
    said = [one.value.strip().lower() for one in headers if one.name.lower() == "auto-submitted"]
    return any(value.startswith("auto-replied") for value in said)


def letter_of(content: bytes) -> Letter:
    """Reads a letter.

    Raises:
        BadInput: It is encrypted, has too many parts, or too much in it, or nothing.
    """
    head, whole = opened(content)
    subject = head.text("subject")
    leaves = tuple(_leaves(whole))
    pages = [leaf for leaf in leaves if leaf.media_type == _PAGE and not _is_file(leaf)]
    shown = _shown(pages, leaves)
    files = [leaf for leaf in leaves if _is_file(leaf) and leaf not in shown and leaf.media_type not in _PROOFS]
    if len(files) > DOCUMENTS_MOST:
        cause = f"a letter has at most {DOCUMENTS_MOST} documents that are printed"
        raise BadInput(cause, next_step="Send it as several.")
    documents = tuple(map(_enclosed, files)) or _written(leaves, shown, subject)
    if not documents:
        raise BadInput("there is nothing in the letter to print", next_step="Attach a document, or write a text.")
    languages = (*head.all("accept-language"), *head.all("content-language"))
    return Letter(subject=subject, id=_id(head), documents=documents, accepted=next(iter(languages), ""))


def headers_of(content: bytes) -> tuple[Header, ...]:
    """What stands above a letter, without looking further."""
    return tuple(Header(name=name, value=value) for name, value in head_of(content).lines)


def _id(head: Head) -> str:
    """What tells a letter from others: its id, else when it was written; what is in it belongs to it as well."""
    return " ".join((*head.all("message-id"), *head.all("date")))[:1000]


def _leaves(part: Part) -> Iterator[Part]:
    """The parts that have bytes, in their order, of each choice the one that is taken."""
    if part.media_type == "multipart/encrypted":
        raise BadInput("the letter is encrypted", next_step="Send it unencrypted, or print it from your computer.")
    within = part.parts
    if part.media_type == "multipart/alternative":
        within = _chosen(within)
    elif part.media_type == "multipart/signed":
        within = within[:1]
    if not part.media_type.startswith("multipart/"):
        yield part
    for one in within:
        yield from _leaves(one)


def _chosen(forms: tuple[Part, ...]) -> tuple[Part, ...]:
    """The last one is the richest (RFC 2046 section 5.1.4); an entry of a calendar or a page for watches is none."""
    readable = [one for one in forms if one.parts or one.media_type in (_PLAIN, _PAGE)]
    return tuple(readable[-1:]) or forms[-1:]


def _is_file(leaf: Part) -> bool:
    return leaf.disposition == "attachment" or bool(leaf.name) or leaf.media_type not in (_PLAIN, _PAGE)


def _shown(pages: Iterable[Part], leaves: Iterable[Part]) -> tuple[Part, ...]:
    """Pictures that the letter's own pages show."""
    pictures = [leaf for leaf in leaves if leaf.media_type.startswith("image/") and leaf.disposition != "attachment"]
    ids = {leaf.content_id for leaf in pictures}
    named = {one for page in pages for one in _named(_decoded(page), ids)}
    return tuple(leaf for leaf in pictures if leaf.content_id in named)


def _named(page: str, ids: Collection[str]) -> Iterator[str]:
    """Those of these ids that a page names, as often as it does: whole ones, for one may begin as another does."""
    return (one for one in (unquote(found[1]) for found in _NAMED.finditer(page)) if one in ids)


def _enclosed(leaf: Part) -> Enclosed:
    is_text = leaf.media_type.startswith("text/") and leaf.media_type != _PAGE and leaf.charset
    content = _decoded(leaf).encode() if is_text else leaf.content
    return Enclosed(
        name=leaf.name or "attachment", media_type=leaf.media_type, content=content, is_damaged=leaf.is_damaged
    )


def _written(leaves: Iterable[Part], shown: Collection[Part], subject: str) -> tuple[Enclosed, ...]:
    """What is written in a letter, as one document; () for nothing."""
    texts = [leaf for leaf in leaves if not _is_file(leaf) and leaf.content.strip()]
    if not texts:
        return ()
    if all(leaf.media_type == _PLAIN for leaf in texts):
        content = "\n\n".join(map(_decoded, texts)).encode()
        return (Enclosed(name=subject, media_type=_PLAIN, content=content),)
    page = "".join(map(_as_page, texts))
    return (Enclosed(name=subject, media_type=_PAGE, content=_BOM + _with_pictures(page, shown).encode()),)


def _as_page(leaf: Part) -> str:
    text = _decoded(leaf)
    if leaf.media_type == _PAGE:
        return text
    return f'<pre style="white-space: pre-wrap">{html.escape(text)}</pre>'


def _decoded(leaf: Part) -> str:
    """Its text; what cannot be read stands there as a mark."""
    try:
        return leaf.content.decode(leaf.charset or "utf-8", "replace").removeprefix("\ufeff")
    except LookupError:  # a codec of Python's that makes no text
        return leaf.content.decode("utf-8", "replace")


def _with_pictures(page: str, shown: Collection[Part]) -> str:
    """The page with its pictures in it, as far as they have room."""
    room, pictures = PICTURES_BYTES, dict[str, str]()
    often = Counter(_named(page, {one.content_id for one in shown}))
    for one in shown:
        data = f"data:{one.media_type};base64,{base64.b64encode(one.content).decode()}"
        room -= often[one.content_id] * len(data)  # a page may show one picture a million times
        if room < 0:
            break
        pictures.setdefault(one.content_id, data)
    return _NAMED.sub(lambda found: pictures.get(unquote(found[1]), found[0]), page)
