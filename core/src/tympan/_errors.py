"""Errors of the kernel, classified by what to do about them.

::

    TympanError
    ├── BadInput              somebody gave us something we cannot take        never
    │   ├── BadManifest       a plugin.toml that breaks its rules
    │   ├── BadPolicy         a policy document that does not verify or parse
    │   ├── BadSetting        a setting of the wrong type or name
    │   └── NotFound          no such job, printer, plugin or key
    ├── PermissionMissing     a plugin used what its manifest does not ask for never
    ├── PluginFault           a plugin broke its contract                      later
    │   └── HookFault         its hooks are not as they must be
    ├── IllegalStep           a state machine was asked for a step it lacks    never
    ├── StoreError            the job store                                    later
    │   ├── StoreFull         no space left
    │   ├── StoreUnwritable   the state folder cannot be written
    │   ├── StoreDamaged      what is on disk does not verify                  never
    │   │   └── DocumentDamaged   the document of one job
    │   └── StoreBusy         another agent uses this state folder
    ├── VaultError            the key vault                                    later
    │   └── VaultLocked       the keyring is locked
    └── Overloaded            a limit was reached                              later
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Retry(StrEnum):
    """What repeating the same thing would do."""

    NEVER = "never"
    LATER = "later"
    NOW = "now"


class TympanError(Exception):
    """Anything the kernel raises on purpose.

    Args:
        cause: What went wrong, as a sentence part for the user: ``the state folder /x cannot be written``.
        next_step: What the user can do about it.
    """

    retry: ClassVar[Retry] = Retry.NEVER

    def __init__(self, cause: str, *, next_step: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.next_step = next_step

    @property
    def sentence(self) -> str:
        """Cause and next step, for a person."""
        return f"{self.cause}. {self.next_step}".strip() if self.next_step else self.cause

    def __str__(self) -> str:
        return self.sentence


class BadInput(TympanError):
    """Somebody gave us something we cannot take."""


class BadManifest(BadInput):
    """A ``plugin.toml`` breaks its rules."""


class BadPolicy(BadInput):
    """A policy document does not verify or does not parse."""


class BadSetting(BadInput):
    """A setting has the wrong name, type or range."""


class NotFound(BadInput):
    """No such job, printer, plugin or key."""


class PermissionMissing(TympanError):
    """A plugin used a part of the host that its manifest does not ask for."""


class PluginFault(TympanError):
    """A plugin broke its contract: it hangs, is never ready, or answers what its port does not allow."""

    retry = Retry.LATER


class HookFault(PluginFault):
    """A plugin's hooks are not as they must be."""


class IllegalStep(TympanError):
    """A state machine was asked for a step its table does not have; nothing changed."""


class StoreError(TympanError):
    """The job store could not do it."""

    retry = Retry.LATER


class StoreFull(StoreError):
    """No space is left on the disk that holds the state folder."""


class StoreUnwritable(StoreError):
    """The state folder cannot be written."""


class StoreDamaged(StoreError):
    """What lies on disk does not verify under our key."""

    retry = Retry.NEVER


class DocumentDamaged(StoreDamaged):
    """The document of a job does not verify, or is gone from the disk; nothing else is touched."""


class StoreBusy(StoreError):
    """Another agent uses this state folder."""


class VaultError(TympanError):
    """Keys could not be read or kept."""

    retry = Retry.LATER


class VaultLocked(VaultError):
    """The keyring exists and is locked."""


class Overloaded(TympanError):
    """A limit of the agent was reached."""

    retry = Retry.LATER
