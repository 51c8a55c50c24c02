"""What the hub writes to people in letters, in the language they say in theirs that they prefer (RFC 3282)."""

from typing import Final

from tympan_hub.domain.errors import HubError
from tympan_hub.http.portal._language import catalogue, chosen, marked
from tympan_hub.http.portal._spoken import told_in

LINES: Final = (
    marked("Not all was printed: %(subject)s"),
    marked("Of your letter “%(subject)s” this was not printed:"),
    marked("This is on its way to the printer:"),
)
"""As `tympan_hub.service.letters` says them."""


class LetterWords:
    """``Words``, by the portal's catalogues."""

    def text(self, accepted: str, text: str, **values: str) -> str:
        """As the port says."""
        return catalogue(chosen("", accepted)).gettext(text) % values

    def sentence(self, accepted: str, error: HubError) -> str:
        """As the port says."""
        cause, then = told_in(error, chosen("", accepted))
        return f"{cause}. {then}" if then else cause
