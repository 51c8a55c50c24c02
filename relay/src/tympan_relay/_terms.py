"""Terms: what a printer's source says of it besides, as it lies in `tympan.plugin.Printer.terms`. Pure.

- One text for everybody who needs a part of it. Plugins that do not run leave theirs unread.
- Before the tunnel the text was the pull rules alone. That form is read still.
"""

from __future__ import annotations

import functools

from attrs import frozen

from tympan.plugin import Printer
from tympan_relay._limits import TERMS_KEPT
from tympan_wire.hub import HubMessageError, PullRules, ShareOption, TunnelRules, decode, encode


@frozen(kw_only=True)
class Terms:
    """A printer's terms.

    Attributes:
        pull: How it holds jobs; None for one that does not.
        tunnel: How its jobs go through the hub; None where they do not.
        options: What a job may ask of it, for a queue that another machine shares.
    """

    pull: PullRules | None = None
    tunnel: TunnelRules | None = None
    options: tuple[ShareOption, ...] = ()


def written(terms: Terms) -> str:
    """Terms as text; "" where there are none."""
    return "" if terms == Terms() else encode(terms).decode()


def terms_of(printer: Printer) -> Terms:
    """A printer's terms; none where there are none or they cannot be read."""
    return _parsed(printer.terms) if printer.terms else Terms()


@functools.lru_cache(maxsize=TERMS_KEPT)
def _parsed(text: str) -> Terms:
    try:
        terms = decode(Terms, text.encode())
        return terms if terms != Terms() else Terms(pull=decode(PullRules, text.encode()))
    except HubMessageError:
        return Terms()
