"""``tympan-hub init``, ``migrate``, ``backup`` and ``restore``: the hub's state, made, brought on and carried away."""

import asyncio
from pathlib import Path

import click

from tympan_hub.cli.backup import backup as backup_to
from tympan_hub.cli.backup import restore as restore_from
from tympan_hub.cli.exits import told
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub


@click.command()
@click.pass_obj
def init(home: Home) -> None:
    """Makes the state folder with its secrets."""

    async def run() -> None:
        async with hub(home):
            click.echo(f"The hub is ready in {home.root}. Next: tympan-hub owner add, tympan-hub tenant add.")

    with told():
        asyncio.run(run())


@click.command()
@click.pass_obj
def migrate(home: Home) -> None:
    """Brings the database to this release."""

    async def run() -> None:
        async with hub(home, upgrade=True):
            click.echo("The database is up to date.")

    with told():
        asyncio.run(run())


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def backup(home: Home, file: Path) -> None:
    """Writes the whole state to a new FILE, also while the hub serves."""
    with told():
        click.echo(f"{file} holds {asyncio.run(backup_to(home, file)).summary}. It holds the hub's keys: keep it safe.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def restore(home: Home, file: Path) -> None:
    """Makes a hub of a backup, where there is none yet."""
    with told():
        restored = asyncio.run(restore_from(home, file))
    click.echo(f"Restored and checked: {restored.summary}.")
    for tenant in restored.broken:
        click.echo(f"The audit log of {tenant} was broken already when this backup was made; see 'tympan-hub doctor'.")
