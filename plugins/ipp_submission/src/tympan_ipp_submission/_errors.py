"""What this plugin raises inside itself; a route's answers to the kernel are values.

::

    TympanError
    └── SubmissionError
        ├── DeviceAway          no connection, or it broke                 later
        │   └── DeviceSilent    it did not answer in time                  later
        ├── DeviceUntrusted     another certificate than the pinned one    later
        │   └── PinNotKept      the first one could not be written down    later
        ├── DeviceConfused      the answer cannot be understood            later
        │   └── DeviceWantsTls  it answers over TLS only                   later
        ├── DeviceRefused       an IPP status that is no success           by status
        ├── PrinterRemoved      nobody defines the printer any more        never
        └── RenderFailed        the document could not be rendered         never
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError


class SubmissionError(TympanError):
    """Anything that went wrong between this plugin and a device."""

    retry = Retry.LATER


class DeviceAway(SubmissionError):
    """No connection to the device could be made, or it broke."""


class DeviceSilent(DeviceAway):
    """The device did not answer within the deadline."""


class DeviceUntrusted(SubmissionError):
    """The device shows another certificate than the one pinned at first use."""


class PinNotKept(DeviceUntrusted):
    """The certificate seen first could not be written down, so that it proves nothing the next time."""


class PrinterRemoved(SubmissionError):
    """The printer was removed; its device is asked nothing more."""

    retry = Retry.NEVER


class DeviceConfused(SubmissionError):
    """The device's answer breaks HTTP or IPP."""


class DeviceWantsTls(DeviceConfused):
    """The device answers over TLS only (HTTP 426, RFC 9110 section 15.5.22)."""


class DeviceRefused(SubmissionError):
    """The device answered with an error status.

    Args:
        cause: Sentence part for the user.
        status: IPP status code (RFC 8011 appendix B).
        unsupported: Names of the attributes the device listed as unsupported.
    """

    def __init__(self, cause: str, *, status: int, unsupported: tuple[str, ...] = ()) -> None:
        super().__init__(cause)
        self.status = status
        self.unsupported = unsupported


class RenderFailed(SubmissionError):
    """The document could not be rendered; ``reason`` is an IPP ``job-state-reasons`` keyword."""

    retry = Retry.NEVER

    def __init__(self, cause: str, *, reason: str = "document-unprintable-error") -> None:
        super().__init__(cause)
        self.reason = reason
