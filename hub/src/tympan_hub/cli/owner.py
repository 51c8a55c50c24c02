"""``tympan-hub owner``: service owners, and the providers through which they sign in."""

import asyncio

import click

from tympan_hub.cli.addresses import public_address
from tympan_hub.cli.exits import told
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.cli.person import add_person, entered_password
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import SERVICE, ProviderId
from tympan_hub.domain.people import CONSOLE, Role


@click.group()
def owner() -> None:
    """Service owners: those who run the hub."""


@owner.command("add")
@click.argument("email")
@click.option("--name", default="", help="Name for people; the address when left out.")
@click.option("--password-stdin", is_flag=True, help="Reads the password from standard input.")
@click.pass_obj
def owner_add(home: Home, email: str, name: str, password_stdin: bool) -> None:
    """Adds a service owner."""
    with told():
        asyncio.run(add_person(home, SERVICE, email, name, Role.OWNER, entered_password(password_stdin)))
    click.echo(f"{email} is a service owner.")


@owner.command("invite")
@click.argument("email")
@click.option("--public-url", required=True, envvar="TYMPAN_HUB_URL", help="Where the hub is reached (TYMPAN_HUB_URL).")
@click.pass_obj
def owner_invite(home: Home, email: str, public_url: str) -> None:
    """Invites a service owner, and prints the link; it works once."""

    async def run() -> str:
        address = public_address(public_url)
        async with hub(home) as services:
            secret, _ = await services.invitations.make(SERVICE, CONSOLE, email=email, role=Role.OWNER)
        return f"{address}/invitation/{secret}"

    with told():
        click.echo(asyncio.run(run()))


@owner.command("providers")
@click.pass_obj
def owner_providers(home: Home) -> None:
    """Lists the providers through which service owners sign in."""

    async def run() -> None:
        async with hub(home) as services:
            for each in await services.providers.list(SERVICE, CONSOLE):
                if each.for_owners:
                    click.echo(f"{each.id}\t{each.name}\t{each.issuer}")

    with told():
        asyncio.run(run())


@owner.command("remove-provider")
@click.argument("provider")
@click.pass_obj
def owner_remove_provider(home: Home, provider: str) -> None:
    """Removes a provider of service owners: nobody comes in through it any more, and who did is signed out."""

    async def run() -> None:
        async with hub(home) as services:
            if not (await services.providers.get(SERVICE, CONSOLE, ProviderId(provider))).for_owners:
                next_step = "List them: tympan-hub owner providers."
                raise BadInput("this is no provider of service owners", next_step=next_step)
            await services.providers.remove(SERVICE, CONSOLE, ProviderId(provider))

    with told():
        asyncio.run(run())
    click.echo(f"{provider} is removed. Service owners sign in with their password.")
