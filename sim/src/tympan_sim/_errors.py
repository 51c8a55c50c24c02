"""Everything tympan_sim raises on purpose.

    SimError
    ├── FaultUnreadable     retry: never    an order for a fault that is not understood
    ├── ProfileInvalid      retry: never    a printer that cannot exist
    ├── DocumentUnreadable  retry: never    a document that does not decompress, or grows without end
    └── IppRefusal          retry: never    the request is answered with an IPP error status

`str(error)` is a sentence for the user: the cause, then the next step.
"""

from typing import ClassVar, Literal

from tympan_wire.ipp import Attribute, Status


class SimError(Exception):
    """Root of the tree; `str()` of it is a sentence for the user."""

    retry: ClassVar[Literal["never", "later", "now"]] = "never"


class FaultUnreadable(SimError):
    """The text of a fault is not one this simulator knows."""

    def __init__(self, text: str, cause: str) -> None:
        super().__init__(f'The fault "{text[:80]}" cannot be ordered ({cause}); see `tympan-sim printer --help`.')
        self.text = text


class ProfileInvalid(SimError):
    """A printer was asked for that cannot exist."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"No such virtual printer can be made: {cause}; correct its description.")


class DocumentUnreadable(SimError):
    """The document does not decompress, or is larger than the printer takes."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"The document cannot be read ({cause}); send it again, uncompressed.")


class IppRefusal(SimError):
    """A request that is answered with an IPP error status."""

    def __init__(self, status: Status, message: str, unsupported: tuple[Attribute, ...] = ()) -> None:
        super().__init__(f"The printer refused the request: {message}; correct the request.")
        self.status = status
        self.message = message
        self.unsupported = unsupported
