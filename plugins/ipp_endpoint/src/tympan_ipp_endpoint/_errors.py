"""Errors: the one thing an operation raises to be answered with an IPP status.

::

    TympanError
    └── Refusal    the request is answered with `status`    as the status says
"""

from __future__ import annotations

from collections.abc import Iterable

from tympan.plugin import IllegalStep, NotFound, Overloaded, TympanError
from tympan_wire.ipp import Attribute, Status


class Refusal(TympanError):
    """The request is answered with an error.

    Args:
        status: What the client is told (RFC 8011 appendix B).
        cause: The same as a sentence part for the user.
        next_step: What the user can do about it.
        unsupported: Attributes for the unsupported group of the answer.
    """

    def __init__(
        self, status: Status, cause: str, *, next_step: str = "", unsupported: Iterable[Attribute] = ()
    ) -> None:
        super().__init__(cause, next_step=next_step)
        self.status = status
        self.unsupported = tuple(unsupported)


_STATUS_OF: tuple[tuple[type[TympanError], Status], ...] = (
    (NotFound, Status.CLIENT_ERROR_NOT_FOUND),
    (IllegalStep, Status.CLIENT_ERROR_NOT_POSSIBLE),
    (Overloaded, Status.SERVER_ERROR_BUSY),
)


def refusal(error: TympanError) -> Refusal:
    """Returns what to answer for an error of the kernel.

    A full disk, a locked vault and everything else is *temporary-error*: CUPS keeps the job and tries again. It would
    stop the whole queue at *internal-error* (0x0500), so that one is never answered.
    """
    if isinstance(error, Refusal):
        return error
    temporary = Status.SERVER_ERROR_TEMPORARY_ERROR
    status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), temporary)
    return Refusal(status, error.cause, next_step=error.next_step)
