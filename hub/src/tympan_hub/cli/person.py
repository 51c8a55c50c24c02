"""A person as a command adds one: with a password that somebody types, or that comes on standard input."""

import sys

import click

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import CONSOLE, Role


async def add_person(home: Home, tenant: TenantId, email: str, name: str, role: Role, password: str) -> None:
    """Adds a person; without a name, by what stands before the @ of the address."""
    async with hub(home) as services:
        await services.people.add(
            tenant, CONSOLE, email=email, name=name or email.partition("@")[0], role=role, password=password
        )


def entered_password(from_stdin: bool) -> str:
    """The first line of standard input, or what somebody types twice."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    entered: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return entered
