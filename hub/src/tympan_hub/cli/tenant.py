"""``tympan-hub tenant`` and ``enrol-token``: the organisations the hub serves, and how their first agents join."""

import asyncio
import datetime as dt

import click

from tympan_hub.cli.exits import told
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.cli.person import add_person, entered_password
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.agents import COMPUTERS_PER_TOKEN
from tympan_hub.domain.people import CONSOLE, Role, check_password, email_address


@click.group()
def tenant() -> None:
    """Tenants: the organisations the hub serves."""


@tenant.command("add")
@click.argument("name")
@click.option("--administrator", default="", metavar="EMAIL", help="Adds a first administrator too.")
@click.option("--password-stdin", is_flag=True, help="Reads the password from standard input.")
@click.pass_obj
def tenant_add(home: Home, name: str, administrator: str, password_stdin: bool) -> None:
    """Adds a tenant, and prints its id."""
    password = entered_password(password_stdin) if administrator else ""
    with told():
        _check_administrator(administrator, password)

    async def run() -> TenantId:
        async with hub(home) as services:
            made = (await services.tenants.add(CONSOLE, name, administrator=administrator)).id
        if administrator:
            await add_person(home, made, administrator, "", Role.ADMINISTRATOR, password)
        return made

    with told():
        click.echo(asyncio.run(run()))


@click.command("enrol-token")
@click.argument("tenant")
@click.option("--days", default=1, show_default=True, type=click.IntRange(1, 30), help="How long it waits.")
@click.option("--name", default="", help="What it is for, as the portal lists it.")
@click.option(
    "--computers",
    default=1,
    show_default=True,
    type=click.IntRange(1, COMPUTERS_PER_TOKEN),
    help="How many may join with it.",
)
@click.pass_obj
def enrol_token(home: Home, tenant: str, days: int, name: str, computers: int) -> None:
    """Makes a token that enrols one agent, or so many, and prints it."""

    async def run() -> str:
        async with hub(home) as services:
            validity = dt.timedelta(days=days)
            return await services.agents.make_token(
                TenantId(tenant), CONSOLE, name=name, validity=validity, computers=computers
            )

    with told():
        click.echo(asyncio.run(run()))


def _check_administrator(email: str, password: str) -> None:
    """Before the tenant is made, so that there is never one without the administrator asked for."""
    if email:
        email_address(email)
        check_password(password)
