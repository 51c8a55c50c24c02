"""The error of updates: a version, a name or a channel's file is none of ours.

BadUpdateFile    it cannot be read, or does not say what it must
"""

from typing import ClassVar

from tympan_wire._errors import WireError


class BadUpdateFile(WireError):
    """A version, a target's name or a channel's file is none of ours."""

    user_message: ClassVar[str] = "The update is not usable. Whoever publishes it should make it with tympan-release."

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause
