"""What is kept of an enrolment, and the settings."""

from __future__ import annotations

import base64
import json

import attrs

from tympan.plugin import Member, Settings, TympanError
from tympan_wire.hub import Enrolled, HubMessageError, decode, encode
from tympan_wire.sealed import Recipient

_FORMAT = 1


@attrs.frozen(kw_only=True)
class Enrolment:
    """Where this agent was enrolled, and what the hub said.

    Attributes:
        address: Of the hub.
        enrolled: Its answer.
        told: Which key for envelopes the hub was told of, as `told_of` writes it; "" for none.
    """

    address: str
    enrolled: Enrolled
    told: str = ""

    def member(self) -> Member:
        """The same as the kernel sees it."""
        said = self.enrolled
        keys = tuple(base64.b64decode(key.public) for key in said.policy_keys)
        return Member(
            address=self.address, agent=said.agent, tenant=said.tenant, tenant_name=said.tenant_name, policy_keys=keys
        )

    def kept(self) -> bytes:
        """As it is kept."""
        said = encode(self.enrolled).decode()
        return json.dumps({"format": _FORMAT, "address": self.address, "enrolled": said, "told": self.told}).encode()

    @classmethod
    def read(cls, data: bytes) -> Enrolment:
        """One that was kept.

        Raises:
            TympanError: It cannot be understood.
        """
        try:
            table = json.loads(data)
            if table["format"] != _FORMAT:
                raise ValueError(f"format {table['format']!r} is not {_FORMAT}")
            said = decode(Enrolled, table["enrolled"].encode())
            found = cls(address=table["address"], enrolled=said, told=str(table.get("told", "")))
            found.member()
        except (ValueError, LookupError, TypeError, AttributeError, HubMessageError) as error:
            cause = f"what was kept of the enrolment cannot be read: {error}"
            raise TympanError(cause, next_step="Update this agent, or enrol it anew.") from error
        return found


def told_of(recipient: Recipient) -> str:
    """That the hub was told of a key, with its proof: earlier releases gave none, and wrote the id alone."""
    return f"proved {recipient.key_id.hex()}"


@attrs.frozen(kw_only=True)
class LinkSettings:
    """Settings, as in ``plugin.toml``."""

    echo_interval_s: float = 30.0
    echo_wait_s: float = 15.0
    retry_first_s: float = 1.0
    retry_last_s: float = 60.0
    confirm_keys_here: bool = False

    @classmethod
    def of(cls, settings: Settings) -> LinkSettings:
        """As the host gives them."""
        return cls(
            echo_interval_s=settings.number("echo_interval_s"),
            echo_wait_s=settings.number("echo_wait_s"),
            retry_first_s=settings.number("retry_first_s"),
            retry_last_s=settings.number("retry_last_s"),
            confirm_keys_here=settings.flag("confirm_keys_here"),
        )
