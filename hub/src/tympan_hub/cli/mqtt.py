"""``tympan-hub mqtt``: what a broker needs to carry notices of this hub."""

import asyncio
from pathlib import Path
from typing import Final

import attrs
import click

from tympan_hub.adapters.clock import SystemClock
from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.cli.exits import told
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.cli.mosquitto import CONF, Door, Revoked, write
from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.brokers import BrokerPlace, broker_place
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.limits.brokers import MQTT_PORT
from tympan_hub.domain.people import CONSOLE
from tympan_hub.service import Services

_AUTHORITY_BYTES: Final = 256 * 1024
"""Of a PEM with a few certificates."""
_PAGE: Final = 500


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

    Run it again after agents were revoked, and from time to time: the broker's certificate is renewed when it is due.
    Then let Mosquitto read it again (SIGHUP).
    """
    folder, door = folder.expanduser().absolute(), Door(hosts=hosts, port=port, bind=bind)

    async def run() -> None:
        async with hub(home) as services:
            revoked = await _revoked(services)
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


async def _revoked(services: Services) -> list[Revoked]:
    found: list[Revoked] = []
    for tenant in await services.tenants.list(CONSOLE):
        wanted = AgentFilter(revoked=True, limit=_PAGE)
        while True:
            page = await services.agents.find(tenant.id, CONSOLE, wanted)
            found += [
                Revoked(agent=shown.agent.id, certificate=shown.agent.certificate, at=shown.agent.revoked_at)
                for shown in page.agents
                if shown.agent.revoked_at is not None
            ]
            if page.first + len(page.agents) >= page.total:
                break
            wanted = attrs.evolve(wanted, first=page.first + len(page.agents))
    return found


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
