"""What can be wrong with a sealed document or an envelope.

SealedError
├── NotSealed               the bytes are something else
├── UnsupportedVersion      sealed by a newer release
├── WrongKey                a sound header, made with another key
├── WrongDocument           a sound header, of another document
├── DamagedDocument
│   ├── Truncated           bytes are missing at the end
│   ├── Reordered           a whole chunk stands in another's place
│   ├── Tampered            bytes were changed
│   └── TrailingData        bytes follow the last chunk
└── EnvelopeError
    ├── UnsupportedSuite    a kind of envelope or key this machine does not know
    └── EnvelopeRefused     another recipient, another context, or changed bytes
"""

from typing import ClassVar

from tympan_wire._errors import Retry, WireError


class SealedError(WireError):
    """A sealed document or envelope that cannot be opened."""

    user_message: ClassVar[str] = "The stored document cannot be opened. Print it again."


class NotSealed(SealedError):
    """The bytes do not begin like a sealed document."""

    user_message: ClassVar[str] = "The stored file is not a sealed document. Print it again."


class UnsupportedVersion(SealedError):
    """The header names a version or layout this release does not read."""

    user_message: ClassVar[str] = "The document was sealed by a newer release. Update this agent, then print it again."


class WrongKey(SealedError):
    """The key is not the one the header commits to."""

    user_message: ClassVar[str] = "The key at hand does not open this document. Print it again."


class WrongDocument(SealedError):
    """The header belongs to another document than the one asked for."""

    user_message: ClassVar[str] = "Another document stands where this one was expected. Print it again."


class DamagedDocument(SealedError):
    """The header is sound and something after it is not."""


class Truncated(DamagedDocument):
    """Bytes are missing at the end; fetching them again may help."""

    retry: ClassVar[Retry] = Retry.LATER
    user_message: ClassVar[str] = "The document has not arrived whole. Wait for the transfer, or print it again."


class Reordered(DamagedDocument):
    """A chunk announces another position than the one it stands at."""

    user_message: ClassVar[str] = "Parts of the stored document are in the wrong order. Print it again."


class Tampered(DamagedDocument):
    """A chunk does not verify: at least one bit was changed."""

    user_message: ClassVar[str] = (
        "The stored document was changed after it was sealed. Print it again, and tell your administrator."
    )


class TrailingData(DamagedDocument):
    """Bytes follow the last chunk."""

    user_message: ClassVar[str] = (
        "The stored document has foreign data at its end. Print it again, and tell your administrator."
    )


class EnvelopeError(SealedError):
    """An envelope that gives no key."""

    user_message: ClassVar[str] = "The key of this document cannot be opened on this machine. Print it again."


class UnsupportedSuite(EnvelopeError):
    """The suite byte names a kind of envelope or key this machine does not know."""

    user_message: ClassVar[str] = (
        "The document's key is locked in a way this agent does not know. Update this agent, then print it again."
    )


class EnvelopeRefused(EnvelopeError):
    """Another recipient, another context, or changed bytes; the cryptography does not tell which."""

    user_message: ClassVar[str] = "The document's key was not made for this machine. Print it again."
