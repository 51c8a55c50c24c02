"""What the page to print a document from takes."""

from attrs import frozen


@frozen(kw_only=True)
class HandIn:
    """The page to print from.

    Attributes:
        user: The account of who prints, for the note that agents read.
    """

    user: str
