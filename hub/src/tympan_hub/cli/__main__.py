"""The command ``tympan-hub``."""

import asyncio
import contextlib
import datetime as dt
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import attrs
import click

from tympan_hub.cli.addresses import public_address
from tympan_hub.cli.backup import backup as backup_to
from tympan_hub.cli.backup import restore as restore_from
from tympan_hub.cli.doctor import checks
from tympan_hub.cli.exits import told
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.cli.mail_door import MailDoor, mail_door, said
from tympan_hub.cli.mqtt import broker_at, folder_at, mqtt
from tympan_hub.cli.processes import Processes, check_count, own_port
from tympan_hub.cli.starts import importing
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import SERVICE, ProviderId, TenantId
from tympan_hub.domain.limits.agents import COMPUTERS_PER_TOKEN
from tympan_hub.domain.limits.processes import PROCESSES
from tympan_hub.domain.limits.requests import API_REQUESTS, REQUEST_S
from tympan_hub.domain.people import CONSOLE, Role, check_password, email_address

_PORT = 8400


def _default_home() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "tympan-hub"


@click.group()
@click.version_option(package_name="tympan-hub")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="TYMPAN_HUB_HOME",
    help="State folder (TYMPAN_HUB_HOME).",
)
@click.option(
    "--database",
    default="",
    envvar="TYMPAN_HUB_DATABASE",
    help="postgresql://… in place of a file in the state folder (TYMPAN_HUB_DATABASE).",
)
@click.option(
    "--blobs",
    default="",
    envvar="TYMPAN_HUB_BLOBS",
    help="s3://bucket/prefix or a folder, in place of the one in the state folder (TYMPAN_HUB_BLOBS).",
)
@click.pass_context
def main(context: click.Context, home: Path | None, database: str, blobs: str) -> None:
    """Runs the hub of Tympan and sets it up."""
    os.umask(0o077)  # of what SQLite makes beside the database, and of what anybody writes here later
    updates = os.environ.get("TYMPAN_HUB_UPDATES", "")
    root = (home or _default_home()).expanduser().absolute()
    context.obj = Home(root, database, blobs, Path(updates).absolute() if updates else None)


@main.command()
@click.pass_obj
def init(home: Home) -> None:
    """Makes the state folder with its secrets."""

    async def run() -> None:
        async with hub(home):
            click.echo(f"The hub is ready in {home.root}. Next: tympan-hub owner add, tympan-hub tenant add.")

    with told():
        asyncio.run(run())


@main.command()
@click.pass_obj
def migrate(home: Home) -> None:
    """Brings the database to this release."""

    async def run() -> None:
        async with hub(home, upgrade=True):
            click.echo("The database is up to date.")

    with told():
        asyncio.run(run())


@main.command()
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
        from tympan_hub.cli.serve import run
        from tympan_hub.cli.serve import serve as serve_hub

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


main.add_command(mqtt)


@main.group()
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
        asyncio.run(_add_person(home, SERVICE, email, name, Role.OWNER, _password(password_stdin)))
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


@main.group()
def tenant() -> None:
    """Tenants: the organisations the hub serves."""


@tenant.command("add")
@click.argument("name")
@click.option("--administrator", default="", metavar="EMAIL", help="Adds a first administrator too.")
@click.option("--password-stdin", is_flag=True, help="Reads the password from standard input.")
@click.pass_obj
def tenant_add(home: Home, name: str, administrator: str, password_stdin: bool) -> None:
    """Adds a tenant, and prints its id."""
    password = _password(password_stdin) if administrator else ""
    with told():
        _check_administrator(administrator, password)

    async def run() -> TenantId:
        async with hub(home) as services:
            made = (await services.tenants.add(CONSOLE, name, administrator=administrator)).id
        if administrator:
            await _add_person(home, made, administrator, "", Role.ADMINISTRATOR, password)
        return made

    with told():
        click.echo(asyncio.run(run()))


@main.command("enrol-token")
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


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def backup(home: Home, file: Path) -> None:
    """Writes the whole state to a new FILE, also while the hub serves."""
    with told():
        click.echo(f"{file} holds {asyncio.run(backup_to(home, file)).summary}. It holds the hub's keys: keep it safe.")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def restore(home: Home, file: Path) -> None:
    """Makes a hub of a backup, where there is none yet."""
    with told():
        restored = asyncio.run(restore_from(home, file))
    click.echo(f"Restored and checked: {restored.summary}.")
    for tenant in restored.broken:
        click.echo(f"The audit log of {tenant} was broken already when this backup was made; see 'tympan-hub doctor'.")


@main.command()
@click.pass_obj
def doctor(home: Home) -> None:
    """Looks at everything that can be wrong."""

    async def run() -> bool:
        well = True
        async for check in checks(home):
            click.echo(f"{'PROBLEM' if check.problem else 'ok':8} {check.what}: {check.problem or check.found}")
            well = well and not check.problem
        return well

    if not asyncio.run(run()):
        raise SystemExit(7)


async def _add_person(home: Home, tenant: TenantId, email: str, name: str, role: Role, password: str) -> None:
    async with hub(home) as services:
        await services.people.add(
            tenant, CONSOLE, email=email, name=name or email.partition("@")[0], role=role, password=password
        )


def _check_administrator(email: str, password: str) -> None:
    """Before the tenant is made, so that there is never one without the administrator asked for."""
    if email:
        email_address(email)
        check_password(password)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    entered: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return entered


if __name__ == "__main__":
    main()
