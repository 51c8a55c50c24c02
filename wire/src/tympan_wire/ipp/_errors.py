"""Errors: the one thing decoding raises on bad bytes.

ValueError
└── IppProtocolError    retry: never    the peer sent bytes that are not IPP
"""

from typing import ClassVar, Literal


class IppProtocolError(ValueError):
    """The bytes are not an IPP message, or go beyond a limit.

    Attributes:
        reason: What is wrong, as a clause without a full stop.
        offset: Byte offset, from the start of the message, of the first byte of the element that is wrong.
        retry: ``never``; the same bytes will be refused again.
    """

    retry: ClassVar[Literal["never"]] = "never"

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(f"{reason} (at byte {offset})")
        self.reason = reason
        self.offset = offset

    def __reduce__(self) -> tuple[type["IppProtocolError"], tuple[str, int]]:
        return type(self), (self.reason, self.offset)

    @property
    def sentence(self) -> str:
        """For the user: the cause and the next step."""
        return (
            f"The other side sent a print message that cannot be understood: {self.reason}, at byte {self.offset}. "
            "Check that the address belongs to an IPP printer, and update its firmware or the sending program."
        )
