"""The command `tympan-sim`: virtual printers on this machine until it is told to stop."""

import functools
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import attrs
import click
import trio

from tympan_net.http_server import NetError
from tympan_sim._errors import SimError
from tympan_sim._faults import RULES, Argument, Fault
from tympan_sim._profiles import FORMATS, MEDIA, WITHOUT_CREATE_JOB, Profile
from tympan_sim._running import run_printers
from tympan_sim._site import Site

HELP_NAMES = {"help_option_names": ["-h", "--help"]}
WRITTEN = {
    Argument.NONE: "", Argument.COUNT: ":N", Argument.SECONDS: ":SECONDS", Argument.TEXT: ":TYPE",
    Argument.GARBAGE: ":SHAPE",
}  # fmt: skip
"""How the argument of a fault is written; the README says what each fault does."""


@click.group(context_settings=HELP_NAMES)
@click.version_option(package_name="tympan-sim")
def main() -> None:
    """Virtual IPP printers with faults to order."""


def _faults(context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[Fault, ...]:
    try:
        return tuple(Fault.parse(text) for text in texts)
    except SimError as error:
        raise click.BadParameter(str(error)) from error


def _words(context: click.Context, parameter: click.Parameter, text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


@main.command(
    short_help="run virtual printers until Ctrl-C or SIGTERM",
    epilog="Faults: " + ", ".join(f"{kind.value}{WRITTEN[rule.argument]}" for kind, rule in RULES.items()) + ".",
)
@click.option(
    "--count", type=click.IntRange(1), default=1, help="How many printers, named printer1, printer2 and so on."
)
@click.option("--name", "names", multiple=True, help="A printer of this name; may be repeated, in place of --count.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="TCP port; 0 lets the system choose.")
@click.option("--apart", is_flag=True, help="Give each printer a port of its own, which offline really closes.")
@click.option("--tls/--no-tls", default=True, help="Speak IPPS on the same port too.")
@click.option("--directory", type=click.Path(file_okay=False, path_type=Path), help="Keep documents and journals here.")
@click.option("--fault", "faults", multiple=True, callback=_faults, help="A fault in force from the start: jam:3.")
@click.option("--formats", default=",".join(FORMATS), callback=_words, help="Media types taken, comma-separated.")
@click.option(
    "--media", default=",".join(MEDIA), callback=_words, help="Media names, comma-separated; first is default."
)
@click.option("--color/--no-color", default=True, help="Print colour.")
@click.option("--duplex/--no-duplex", default=True, help="Print both sides.")
@click.option("--speed", type=click.FloatRange(0), default=0.0, help="Pages a second; 0 for at once.")
@click.option("--one-job", is_flag=True, help="Take one job at a time, as ippeveprinter does.")
@click.option("--no-create-job", is_flag=True, help="Be an older device that has Print-Job only.")
@click.option("--history", type=click.IntRange(0), default=500, show_default=True, help="Finished jobs remembered.")
@click.option("--announce", is_flag=True, help="Announce the printers by Bonjour on the link of --host.")
@click.option("--uuid", "device_uuid", default="", help="The UUID each tells in place of its own: clones.")
@click.option("--serial", default="", help="The serial number each tells.")
@click.option("--model", default="Tympan Virtual Printer", show_default=True, help="Make and model.")
@click.option("--location", default="", help="Where it stands, as it tells.")
@click.option("--json", "as_json", is_flag=True, help="Say where the printers are as one line of JSON.")
def printer(
    *,
    count: int,
    names: tuple[str, ...],
    host: str,
    port: int,
    apart: bool,
    tls: bool,
    directory: Path | None,
    faults: tuple[Fault, ...],
    formats: tuple[str, ...],
    media: tuple[str, ...],
    color: bool,
    duplex: bool,
    speed: float,
    one_job: bool,
    no_create_job: bool,
    history: int,
    announce: bool,
    device_uuid: str,
    serial: str,
    model: str,
    location: str,
    as_json: bool,
) -> None:
    """Run virtual printers until SIGTERM or SIGINT; say where they are once they can be reached."""
    try:
        profile = Profile(
            formats=formats,
            media=media,
            color=color,
            duplex=duplex,
            pages_per_s=speed,
            one_job=one_job,
            history_jobs=history,
            device_uuid=device_uuid,
            serial=serial,
            make_and_model=model,
            location=location,
        )
        if no_create_job:
            profile = attrs.evolve(profile, operations=WITHOUT_CREATE_JOB)
        profiles = [attrs.evolve(profile, name=name) for name in names or _numbered(count)]
        run = functools.partial(
            run_printers,
            profiles,
            host=host,
            port=port,
            tls=tls,
            apart=apart,
            announce=announce,
            directory=directory,
            faults=faults,
        )
        trio.run(_until_signalled, run, as_json)
    except* (SimError, NetError, OSError) as errors:
        click.echo(f"tympan-sim: {_sentence(_first(errors))}", err=True)
        sys.exit(1)


def _sentence(error: BaseException) -> str:
    if not isinstance(error, OSError):
        return str(error)
    what = f"{error.filename}: " if error.filename else ""
    return f"{what}{error.strerror or error}; choose another --directory or --host."


def _first(error: BaseException) -> BaseException:
    """The error itself, out of the groups that nurseries put around it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _numbered(count: int) -> list[str]:
    return ["printer"] if count == 1 else [f"printer{number}" for number in range(1, count + 1)]


async def _until_signalled(run: Callable[..., Awaitable[object]], as_json: bool) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with trio.open_nursery() as nursery:
            site = await nursery.start(run)
            click.echo(_announcement(site, as_json=as_json))
            async for _ in signals:
                nursery.cancel_scope.cancel()
                return


def _announcement(site: Site, *, as_json: bool) -> str:
    if as_json:
        printers = [{"name": at.name, "uri": at.uri, "ipps_uri": at.ipps_uri} for at in site]
        return json.dumps({"control": site.control_url, "printers": printers})
    return "\n".join([*(at.uri for at in site), f"faults: {site.control_url}/NAME/faults"])


if __name__ == "__main__":
    main()
