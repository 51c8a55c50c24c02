"""The error of the program: cause, next step.

::

    ShopError    the repository is left as it was    never retried
"""

from __future__ import annotations

from typing import ClassVar


class ShopError(Exception):
    """It cannot be done; the repository is as it was before."""

    retry: ClassVar[str] = "never"

    def __init__(self, cause: str, *, next_step: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.next_step = next_step
