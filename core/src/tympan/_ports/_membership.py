"""Whom this agent belongs to: how it becomes known to a hub, and what it knows of that hub since."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import attrs


@attrs.frozen(kw_only=True)
class Member:
    """This agent as its hub knows it.

    Attributes:
        address: Where the hub is, an http or https URL.
        agent: The agent's name at the hub.
        tenant: Whose it is.
        tenant_name: The same for people.
        policy_keys: Public keys (Ed25519, 32 bytes) whose signatures on policy are trusted, pinned at enrolment.
        trouble: Why the hub does not take it at present, a sentence; "" when all is well.
    """

    address: str
    agent: str
    tenant: str
    tenant_name: str = ""
    policy_keys: tuple[bytes, ...] = ()
    trouble: str = ""


@runtime_checkable
class Membership(Protocol):
    """Makes this agent known to a hub, and keeps what came of it."""

    @property
    def member(self) -> Member | None:
        """What the hub calls this agent; None when it belongs to none."""

    async def join(self, address: str, token: str) -> Member:
        """Makes this agent known to the hub at ``address`` with a one-use token; durable when it returns.

        Raises:
            TympanError: It belongs to a hub already, the address is none, or the hub refuses.
        """

    async def leave(self) -> None:
        """Forgets the hub; harmless when there is none."""

    async def wait_changed(self) -> None:
        """Returns when ``member`` is another than when this was called."""
