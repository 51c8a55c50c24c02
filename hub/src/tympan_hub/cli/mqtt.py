"""``tympan-hub mqtt``: what a broker needs to carry notices of this hub."""

import asyncio
from pathlib import Path
from typing import Final

import click

from tympan_hub.adapters.clock import SystemClock
from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.cli.broker_files import BrokerFolder, revoked_of
from tympan_hub.cli.exits import told
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.cli.mosquitto import CONF, Door, write
from tympan_hub.domain.brokers import BrokerPlace, broker_place
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.limits.brokers import MQTT_PORT

_AUTHORITY_BYTES: Final = 256 * 1024
"""Of a PEM with a few certificates."""


@click.group()
def mqtt() -> None:
    """The broker through which notices also reach agents."""


@mqtt.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--host", "hosts", multiple=True, required=True, help="Name or address agents reach the broker at; again for more."
)
@click.option(
    "--port", default=MQTT_PORT, show_default=True, type=click.IntRange(1, 65535), help="TCP port it listens on."
)
@click.option("--bind", default="", help="The one address of the broker's machine to listen on; all when left out.")
@click.pass_obj
def config(home: Home, folder: Path, hosts: tuple[str, ...], port: int, bind: str) -> None:
    """Writes Mosquitto's configuration, rights and certificates into FOLDER.

    Run it again from time to time: the broker's certificate is renewed when it is due. Where no hub that serves keeps
    the files (serve --mqtt-config), run it after agents were revoked, too. Then let Mosquitto read it again (SIGHUP).
    """
    folder, door = folder.expanduser().absolute(), Door(hosts=hosts, port=port, bind=bind)

    async def run() -> None:
        async with hub(home) as services:
            revoked = await revoked_of(services)
        authority = FileSecrets(home.secrets).authorities
        made = write(folder, door, authority, revoked, SystemClock().now())
        if made.new_certificate:
            click.echo(
                f"The broker has a new certificate for {', '.join(hosts)}. Its key is for Mosquitto's user alone."
            )
        click.echo(f"{folder / CONF} is written. Agents that were revoked and are shut out: {made.revoked}.")
        click.echo(f"Next: start Mosquitto with it, and the hub with --mqtt mqtts://{hosts[0]}:{port}")

    with told():
        asyncio.run(run())


def folder_at(folder: Path | None, pid: Path | None, broker: BrokerPlace | None) -> BrokerFolder | None:
    """The broker's files of the options; None for none. Raises ``BadInput``."""
    if folder is None:
        if pid is not None:
            raise BadInput("there is a pid file and no folder", next_step="Name the folder too: --mqtt-config.")
        return None
    if broker is None:
        raise BadInput("there are files of a broker and no broker", next_step="Name it: --mqtt mqtts://host:8883.")
    return BrokerFolder(folder=folder.absolute(), pid=pid.absolute() if pid else None)


def broker_at(address: str, authority: Path | None) -> BrokerPlace | None:
    """The broker of the options; None for none. Raises ``BadInput``."""
    if not address:
        return None
    if authority is None:
        return broker_place(address)
    pem = authority.read_bytes()[: _AUTHORITY_BYTES + 1]
    if len(pem) > _AUTHORITY_BYTES or b"BEGIN CERTIFICATE" not in pem or not pem.isascii():
        raise BadInput(f"{authority} holds no certificate", next_step="Give the PEM file of the broker's authority.")
    return broker_place(address, pem.decode("ascii"))
