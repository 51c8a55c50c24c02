"""What the page to print a document from takes."""

from attrs import frozen

from tympan_hub.http.portal.views._jobs import Choice


@frozen(kw_only=True)
class HandIn:
    """The page to print from.

    Attributes:
        user: The account of who prints, for the note that agents read.
        sides: Of the paper that may be printed.
        colors: Whether colour is.
    """

    user: str
    sides: tuple[Choice, ...]
    colors: tuple[Choice, ...]
