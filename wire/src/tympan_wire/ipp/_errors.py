"""Errors: the one thing decoding raises on bad bytes.

WireError
└── IppProtocolError    retry: never    the peer sent bytes that are not IPP, or too many of them

A value or attribute the calling program got wrong is a plain ``ValueError``.
"""

from typing import ClassVar

from tympan_wire._errors import Retry, WireError


class IppProtocolError(WireError):
    """The bytes are not an IPP message, or go beyond a limit.

    Attributes:
        reason: What is wrong, as a clause without a full stop.
        offset: Byte offset, from the start of the message, of the first byte of the element that is wrong.
    """

    retry: ClassVar[Retry] = Retry.NEVER
    user_message: ClassVar[str] = (
        "The other side sent a print message that cannot be understood. "
        "Check that the address belongs to an IPP printer, and update its firmware or the program that sent it."
    )

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(f"{reason} (at byte {offset})")
        self.reason = reason
        self.offset = offset

    def __reduce__(self) -> tuple[type["IppProtocolError"], tuple[str, int]]:
        return type(self), (self.reason, self.offset)
