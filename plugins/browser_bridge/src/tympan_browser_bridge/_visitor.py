"""Who may speak: decided from a request's head alone, before anything of it is read or anything is told. Pure.

- ``Host`` was checked by the loopback site already: a page of a rebound name came no further.
- ``Origin`` is exactly the portal's. Anybody else learns that something refused, and nothing more.
- What changes something carries JSON and a header of ours, so a browser asks first (Fetch Standard, CORS preflight).
- Fetch Metadata, where a browser sends it, says that a script fetched this: no form, link, frame or image did.
"""

from __future__ import annotations

from typing import Final

from tympan.plugin import LocalRequest
from tympan_browser_bridge._limits import PREFLIGHT_S
from tympan_wire.bridge import HEADER

_JSON: Final = "application/json"
_SENT: Final = frozenset({"content-type", HEADER})
_METADATA: Final = (
    ("sec-fetch-site", frozenset({"cross-site", "same-site", "same-origin"})),
    ("sec-fetch-mode", frozenset({"cors"})),
    ("sec-fetch-dest", frozenset({"empty"})),
)


def is_ours(request: LocalRequest, origins: frozenset[str]) -> bool:
    """Whether a script of the portal fetches this."""
    return request.header("origin") in origins and all(
        request.header(name) is None or request.header(name) in allowed for name, allowed in _METADATA
    )


def is_preflight(request: LocalRequest) -> bool:
    """Whether a browser asks before it sends."""
    return request.method == "OPTIONS" and request.header("access-control-request-method") is not None


def may_follow(request: LocalRequest) -> bool:
    """Whether what a preflight announces is something we take."""
    asked = {name.strip().lower() for name in (request.header("access-control-request-headers") or "").split(",")}
    return request.header("access-control-request-method") == "POST" and asked - {""} <= _SENT


def asked_first(request: LocalRequest) -> bool:
    """Whether a browser cannot have sent this without a preflight."""
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    return kind == _JSON and request.header(HEADER) is not None


def admission(origin: str) -> tuple[tuple[str, str], ...]:
    """Headers by which a page of this origin, and no other, may read the answer."""
    return (("access-control-allow-origin", origin), ("vary", "Origin"))


def preflight_admission(origin: str) -> tuple[tuple[str, str], ...]:
    """The same for a preflight; the last is for browsers that ask for it by an older draft."""
    return (
        *admission(origin),
        ("access-control-allow-methods", "POST"),
        ("access-control-allow-headers", ", ".join(sorted(_SENT))),
        ("access-control-max-age", str(PREFLIGHT_S)),
        ("access-control-allow-private-network", "true"),
    )
