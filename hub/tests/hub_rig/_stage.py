"""A machine before a hub: let in by a code, and signed in at."""

from __future__ import annotations

from typing import Any

import attrs

from hub_rig._agent import RemoteAgent
from hub_rig._bench import Bench
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import CONSOLE, Person
from tympan_wire.hub import (
    DeviceCode,
    DeviceCodeAnswer,
    DeviceCodeQuestion,
    DeviceCodeRequest,
    Grant,
    Operation,
    Platform,
    SignInAnswer,
    SignInCodeRequest,
    SignInQuestion,
)

FIRST, SECOND, THIRD = ("1" * 43, "2" * 43, "3" * 43)
"""Refresh tokens."""


@attrs.define
class Stage:
    """A tenant, its administrator, and a machine nobody knows yet."""

    hub: Bench
    tenant: TenantId
    admin: Person
    machine: RemoteAgent

    async def code(self, user: str = "ada") -> DeviceCode:
        """The machine asks for a code."""
        asked = DeviceCodeRequest(name="desk-7", platform=Platform.LINUX, release="0.1.0", user=user)
        code: DeviceCode = await self.machine.ask(Operation.DEVICE_CODE, asked)
        return code

    async def poll(self, code: DeviceCode) -> DeviceCodeAnswer:
        """The machine asks what became of it, after the time it has to wait."""
        self.hub.clock.forward(seconds=code.interval_s)
        answer: DeviceCodeAnswer = await self.machine.ask(
            Operation.DEVICE_TOKEN, DeviceCodeQuestion(device_code=code.device_code)
        )
        return answer

    async def approve(self, code: DeviceCode, by: Person | None = None, **how: Any) -> None:
        """A person lets it in."""
        service, person = self.hub.services.device_codes, by or self.admin
        await service.approve(person.tenant, person, code.user_code, source="10.0.0.9", **how)

    async def enrolled(self, **how: Any) -> DeviceCode:
        """The machine was let in and has an access token."""
        code = await self.code()
        await self.approve(code, **how)
        await self.machine.enrol((await self.poll(code)).token)
        await self.machine.renew()
        return code

    async def ask_sign_in(self, code: DeviceCode, token: str = FIRST) -> SignInAnswer:
        """The agent asks whether the person signed in."""
        answer: SignInAnswer = await self.machine.ask(
            Operation.SIGN_IN_TOKEN, SignInQuestion(device_code=code.device_code, refresh_token=token)
        )
        return answer

    async def signed_in(self, by: Person | None = None, user: str = "ada") -> SignInAnswer:
        """A person is signed in at the agent."""
        code: DeviceCode = await self.machine.ask(Operation.SIGN_IN_CODE, SignInCodeRequest(user=user))
        await self.approve(code, by)
        answer = await self.ask_sign_in(code)
        assert answer.grant is Grant.GRANTED
        return answer

    async def people(self) -> list[tuple[str, str]]:
        """Whom the agent is told of."""
        return [(one.user, one.person) for one in (await self.machine.desired()).people]

    async def acts(self) -> list[str]:
        """What the audit log says, newest first."""
        return [entry.act for entry in await self.hub.services.audit.page(self.tenant, CONSOLE)]
