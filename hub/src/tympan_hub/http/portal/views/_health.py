"""How something is, in a word."""

from attrs import frozen

from tympan_hub.http.portal.views._frame import Tone


@frozen(kw_only=True)
class Health:
    """How a printer's device is, as the agents see it."""

    word: str
    icon: str
    tone: Tone
