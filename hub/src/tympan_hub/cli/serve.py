"""``tympan-hub serve``: what it may be told, and the hub as one process or as several."""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs
import click

from tympan_hub.cli.addresses import public_address
from tympan_hub.cli.exits import told
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.cli.mail_door import MailDoor, mail_door, said
from tympan_hub.cli.mqtt import broker_at, folder_at
from tympan_hub.cli.processes import Processes, check_count, own_port
from tympan_hub.cli.starts import importing
from tympan_hub.domain.limits.processes import PROCESSES
from tympan_hub.domain.limits.requests import API_REQUESTS, REQUEST_S

_PORT: Final = 8400


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=_PORT, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 for a free one.")
@click.option("--public-url", default="", envvar="TYMPAN_HUB_URL", help="Where it is reached (TYMPAN_HUB_URL).")
@click.option(
    "--bridge-port",
    "bridge_ports",
    multiple=True,
    default=(39149, 39150),
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Where the portal's page looks for the agent on its own machine; may be given more than once.",
)
@click.option("--database", default="", help="As before the command.")
@click.option("--blobs", default="", help="As before the command.")
@click.option(
    "--processes",
    default=1,
    show_default=True,
    type=click.IntRange(1, PROCESSES),
    help="Processes behind the address; more than one needs PostgreSQL.",
)
@click.option(
    "--smtp",
    default="",
    envvar="TYMPAN_HUB_SMTP",
    help="Mail server for invitations (TYMPAN_HUB_SMTP): smtps://user:password@host?from=address.",
)
@click.option("--metrics-port", type=click.IntRange(0, 65535), help="Loopback port for /metrics, /healthz and /readyz.")
@click.option(
    "--api-requests",
    default=API_REQUESTS,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="Requests a token of the API may make in a minute, in each process.",
)
@click.option("--webhooks-to-private", is_flag=True, help="Lets webhooks lead into private networks.")
@click.option("--providers-to-private", is_flag=True, help="Lets tenants' sign-in providers be in private networks.")
@click.option(
    "--request-seconds",
    "request_s",
    default=REQUEST_S,
    show_default=True,
    type=click.FloatRange(0.1, 3600),
    help="Seconds for a request to arrive; large bodies get more.",
)
@click.option(
    "--mqtt",
    default="",
    envvar="TYMPAN_HUB_MQTT",
    help="Broker through which notices also reach agents (TYMPAN_HUB_MQTT): mqtts://host:8883.",
)
@click.option(
    "--mqtt-authority",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="TYMPAN_HUB_MQTT_AUTHORITY",
    help="PEM of who signed the broker's certificate (TYMPAN_HUB_MQTT_AUTHORITY); this hub when left out.",
)
@click.option(
    "--mqtt-config",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="TYMPAN_HUB_MQTT_CONFIG",
    help="Folder of 'mqtt config' (TYMPAN_HUB_MQTT_CONFIG): agents that are revoked are shut out there at once.",
)
@click.option(
    "--mqtt-pid",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="TYMPAN_HUB_MQTT_PID",
    help="Mosquitto's pid_file (TYMPAN_HUB_MQTT_PID): it is told to read that folder again (SIGHUP).",
)
@click.option(
    "--lmtp",
    default="",
    envvar="TYMPAN_HUB_LMTP",
    help="Where letters to be printed come in (TYMPAN_HUB_LMTP): HOST:PORT or unix:PATH; nowhere when left out.",
)
@click.option(
    "--mail-domain",
    default="",
    envvar="TYMPAN_HUB_MAIL_DOMAIN",
    help="Domain of people's addresses for that (TYMPAN_HUB_MAIL_DOMAIN).",
)
@click.option(
    "--authserv-id",
    default="",
    envvar="TYMPAN_HUB_AUTHSERV_ID",
    help="Your mail server as it names itself in Authentication-Results (TYMPAN_HUB_AUTHSERV_ID).",
)
@click.option(
    "--updates",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="TYMPAN_HUB_UPDATES",
    help="Folder of the update repository (TYMPAN_HUB_UPDATES); 'updates' in the state folder when left out.",
)
@click.option("--socket", "descriptor", type=int, hidden=True)
@click.option("--lmtp-socket", "lmtp_descriptor", type=int, hidden=True)
@click.pass_obj
def serve(
    home: Home,
    host: str,
    port: int,
    public_url: str,
    bridge_ports: tuple[int, ...],
    database: str,
    blobs: str,
    processes: int,
    smtp: str,
    metrics_port: int | None,
    api_requests: int,
    webhooks_to_private: bool,
    providers_to_private: bool,
    request_s: float,
    mqtt: str,
    mqtt_authority: Path | None,
    mqtt_config: Path | None,
    mqtt_pid: Path | None,
    lmtp: str,
    mail_domain: str,
    authserv_id: str,
    updates: Path | None,
    descriptor: int | None,
    lmtp_descriptor: int | None,
) -> None:
    """Runs the hub until it is told to stop."""
    home = attrs.evolve(
        home,
        address=database or home.address,
        store=blobs or home.store,
        repository=updates.absolute() if updates else home.repository,
    )
    with told():
        check_count(processes, shared=bool(home.address))
        public_url = public_address(public_url)
        broker = broker_at(mqtt, mqtt_authority)
        broker_folder = folder_at(mqtt_config, mqtt_pid, broker)
        letters = mail_door(lmtp, mail_domain, authserv_id, lmtp_descriptor)
    if processes > 1:
        bridges = [part for bridge in bridge_ports for part in ("--bridge-port", str(bridge))]
        watched = [] if metrics_port is None else ["--metrics-port", str(metrics_port)]
        private = ["--webhooks-to-private"] if webhooks_to_private else []
        private += ["--providers-to-private"] if providers_to_private else []
        _serve_many(
            home,
            host,
            port,
            public_url,
            [*bridges, *watched, *private, "--api-requests", str(api_requests), "--request-seconds", str(request_s)],
            processes,
            {
                "TYMPAN_HUB_SMTP": smtp,
                "TYMPAN_HUB_MQTT": mqtt,
                **({"TYMPAN_HUB_MQTT_AUTHORITY": str(mqtt_authority.absolute())} if mqtt_authority else {}),
                **({"TYMPAN_HUB_MQTT_CONFIG": str(mqtt_config.absolute())} if mqtt_config else {}),
                **({"TYMPAN_HUB_MQTT_PID": str(mqtt_pid.absolute())} if mqtt_pid else {}),
                "TYMPAN_HUB_LMTP": lmtp,
                "TYMPAN_HUB_MAIL_DOMAIN": mail_domain,
                "TYMPAN_HUB_AUTHSERV_ID": authserv_id,
            },
            letters,
        )
        return
    with importing():  # the web framework is half of a command's start
        from tympan_hub.cli.server import run
        from tympan_hub.cli.server import serve as serve_hub

    with told():
        run(
            serve_hub(
                home,
                host=host,
                port=port,
                public_url=public_url,
                bridge_ports=bridge_ports,
                smtp=smtp,
                ready=_ready,
                descriptor=descriptor,
                metrics_port=own_port(metrics_port),
                metrics_ready=lambda url: click.echo(f"tympan-hub tells metrics on {url}", err=True),
                api_requests=api_requests,
                webhooks_to_private=webhooks_to_private,
                providers_to_private=providers_to_private,
                request_s=request_s,
                broker=broker,
                broker_folder=broker_folder,
                mail_door=letters,
                # several share one place, which is told by the one that watches them
                mail_ready=_letters_come if lmtp_descriptor is None else lambda _: None,
            )
        )


def _serve_many(
    home: Home,
    host: str,
    port: int,
    public_url: str,
    options: list[str],
    count: int,
    outward: Mapping[str, str],
    letters: MailDoor | None,
) -> None:
    environment = {
        **os.environ,
        "TYMPAN_HUB_HOME": str(home.root),
        "TYMPAN_HUB_DATABASE": home.address,  # not among the arguments, which everybody on the machine can read
        "TYMPAN_HUB_BLOBS": home.store,
        "TYMPAN_HUB_URL": public_url,
        "TYMPAN_HUB_UPDATES": str(home.updates),
        **outward,
    }

    async def run() -> None:
        async with hub(home):  # what is missing is made once, before any process starts
            pass
        with letters.listening() if letters else contextlib.nullcontext() as listening:
            also = [] if listening is None else [listening]
            mail = [part for one in also for part in ("--lmtp-socket", str(one.fileno()))]
            for one in also:
                _letters_come(said(one))
            await Processes(count, ["serve", *options, *mail, "--socket"], environment, _ready, also=also).run(
                host, port
            )

    with told():
        asyncio.run(run())


def _ready(url: str) -> None:
    click.echo(f"tympan-hub answers on {url}")


def _letters_come(at: str) -> None:
    click.echo(f"tympan-hub takes letters on {at}", err=True)
