"""Forms as they come in: bounded, and proved to come from a page of ours."""

import hmac
from collections.abc import Callable, Collection
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import UploadFile
from starlette.requests import Request

from tympan_hub.domain.errors import BadInput, NotAllowed
from tympan_hub.domain.limits.devices import DEVICE_LIST_BYTES
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.people import check_password
from tympan_hub.domain.text import is_name
from tympan_hub.http.portal._language import marked

FIELDS_MOST = 64
"""Fields of one form; the longest is an invitation with 50 groups to tick."""

CHARS_MOST = 2000
"""Characters of one field; the longest holds an address of a device."""

LONG_CHARS_MOST = 20_000
"""Characters of a field that holds many lines: 500 ranges, each with a remark."""

MISSING = marked("This is needed.")
FULL = marked("There are as many of these as there may be. Remove one first.")
NAME_FAULT = marked("A name has at most 127 letters, and no line breaks.")
PASSWORD_FAULT = marked("A password has at least 10 characters, and at most 256.")


async def read(
    request: Request, csrf: str, address: str, long: Collection[str] = (), most: int = FIELDS_MOST
) -> dict[str, str]:
    """The fields of a form.

    Args:
        request: The request.
        address: The hub's own address; "" when nobody said it.
        csrf: The secret that the form (or the header ``X-CSRF-Token``) must carry.
        long: Fields that hold many lines.
        most: Fields it may have.

    Raises:
        NotAllowed: It was not sent from a page of ours.
        BadInput: More than any of our forms holds, or a NUL.
    """
    _require_own_origin(request, address)
    async with request.form(max_files=0, max_fields=most) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if any(len(value) > (LONG_CHARS_MOST if name in long else CHARS_MOST) for name, value in fields.items()):
        raise BadInput("a field of the form is too long")
    if any("\0" in value for value in fields.values()):  # not every database takes one
        raise BadInput("a field of the form holds a NUL")
    _require_secret(request, fields, csrf)
    return fields


async def read_list(request: Request, csrf: str, address: str) -> tuple[dict[str, str], bytes]:
    """The fields of a form with a file, and what is in the file; b"" where none was chosen. Raises as `read`."""
    _require_own_origin(request, address)
    async with request.form(max_files=1, max_fields=8, max_part_size=DEVICE_LIST_BYTES) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        files = [value for value in form.values() if isinstance(value, UploadFile)]
        content = await files[0].read(DEVICE_LIST_BYTES + 1) if files else b""
    if any("\0" in value for value in fields.values()):
        raise BadInput("a field of the form holds a NUL")
    _require_secret(request, fields, csrf)
    return fields, content


def require_page(request: Request, csrf: str, address: str) -> None:
    """Raises ``NotAllowed`` for a script's request that comes from another site, or carries not its page's secret."""
    _require_own_origin(request, address)
    _require_secret(request, {}, csrf)


def _require_secret(request: Request, fields: dict[str, str], csrf: str) -> None:
    carried = fields.pop("csrf", "") or request.headers.get("x-csrf-token", "")
    if not csrf or not hmac.compare_digest(carried.encode(), csrf.encode()):
        raise NotAllowed("the form does not come from this page", next_step="Load the page again, and repeat.")


def missing(fields: dict[str, str], *names: str) -> dict[str, str]:
    """What is wrong with the fields that must not be empty."""
    return {name: MISSING for name in names if not fields.get(name, "").strip()}


def password_fits(password: str) -> bool:
    """Whether a password can be one."""
    return passes(check_password, password)


def named(text: str) -> bool:
    """Whether a text can be a name."""
    return is_name(text.strip(), NAME_OCTETS)


def passes(check: Callable[[str], object], text: str) -> bool:
    """Whether a check takes a text."""
    try:
        check(text)
    except BadInput:
        return False
    return True


def own_path(target: str) -> str:
    """A path of this portal, or the first page: nobody is sent elsewhere by a link somebody else made."""
    if not target.startswith("/") or target[1:2] in ("/", "\\") or not target.isprintable():
        return "/"
    parts = urlsplit(target)
    return "/" if parts.scheme or parts.netloc else target


def sent_from(request: Request, address: str) -> str:
    """The page of ours a form was sent from, as the browser tells; the first page where it does not."""
    told = request.headers.get("referer", "")
    if _site(told) not in {_site(address), request.headers.get("host", "")} - {""}:
        return "/"
    parts = urlsplit(told)
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name != "said"])
    return own_path(f"{parts.path}?{query}" if query else parts.path)


def _require_own_origin(request: Request, address: str) -> None:
    """Browsers tell where a form was sent from (Fetch Metadata, RFC 6454); the token is the second lock."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    own = {_site(address), request.headers.get("host", "")} - {""}
    foreign = origin is not None and _site(origin) not in own
    if site not in ("same-origin", "none") or foreign:
        raise NotAllowed("the form was sent from another site", next_step="Open the page itself, and repeat.")


def _site(origin: str) -> str:
    """Host and port of an origin; "" for none, as ``null`` has."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
