"""The program ``tympan-release``: every subcommand, and each error as a sentence."""

from __future__ import annotations

import datetime as dt
import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata

from tympan_release._errors import ShopError
from tympan_release._keys import make_key, public_path, read_public
from tympan_release._limits import PASSPHRASE_CHARACTERS, ROOT_KEYS, ROOT_THRESHOLD, TIMESTAMP_DAYS
from tympan_release._making import add, begin, let_in, make_keys, rotate, set_channel, take_in
from tympan_release._publishing import archive, publish
from tympan_release._shop import ROOT, SNAPSHOT, TARGETS, TIMESTAMP, KeyRing, Shop, public_keys, replace
from tympan_wire.updates import CHANNELS

PASSPHRASE: Final = "TYMPAN_RELEASE_PASSPHRASE"
_PATH: Final = click.Path(path_type=Path)
_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
_FOLDER: Final = click.Path(path_type=Path, exists=True, file_okay=False)


def with_keys(command: Callable[..., None]) -> Callable[..., None]:
    """Where the keys are, and what they are locked with."""
    locked = f"Holds the passphrase; else {PASSPHRASE} in the environment."
    command = click.option("--passphrase-file", type=_FILE, help=locked)(command)
    where = "Folder or file with private keys; SHOP/keys if not told."
    return click.option("--keys", multiple=True, type=_PATH, help=where)(command)


def with_shop(command: Callable[..., None]) -> Callable[..., None]:
    """The argument SHOP, opened with the keys at hand."""

    @functools.wraps(command)
    def run(shop: Path, keys: tuple[Path, ...], passphrase_file: Path | None, **rest: object) -> None:
        places = keys or ((shop / "keys",) if (shop / "keys").is_dir() else ())
        command(Shop(shop, KeyRing.of(places, _passphrase(passphrase_file)), dt.datetime.now(dt.UTC)), **rest)

    return click.argument("shop", type=_PATH)(with_keys(run))


def _passphrase(file: Path | None) -> bytes | None:
    if file is not None:
        return file.read_bytes().strip() or None
    return os.environ.get(PASSPHRASE, "").encode() or None


def _new_passphrase(file: Path | None, *, none: bool) -> bytes | None:
    found = _passphrase(file)
    if found is None and not none:
        next_step = f"Set {PASSPHRASE}, give --passphrase-file, or say --no-passphrase for keys that lie open."
        raise ShopError("keys are locked with a passphrase, and none was given", next_step=next_step)
    if found is not None and len(found) < PASSPHRASE_CHARACTERS:
        raise ShopError(f"a passphrase has at least {PASSPHRASE_CHARACTERS} characters")
    return found


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tympan-release", prog_name="tympan-release")
def program() -> None:
    """Make the signed repository that agents and their plugins are updated from."""


@program.command("init")
@click.argument("shop", type=_PATH)
@with_keys
@click.option("--root-keys", default=ROOT_KEYS, show_default=True, help="Keys of the root of trust.")
@click.option("--threshold", default=ROOT_THRESHOLD, show_default=True, help="Of them that must sign.")
@click.option("--no-passphrase", is_flag=True, help="Leave the keys open: for tests, or where the disk is locked.")
def init(
    shop: Path,
    keys: tuple[Path, ...],
    passphrase_file: Path | None,
    root_keys: int,
    threshold: int,
    no_passphrase: bool,
) -> None:
    """Begin a repository in SHOP: its keys, roles and first root of trust (SHOP/root.json, which packages carry)."""
    if (shop / "metadata").exists():
        raise ShopError(f"{shop} is a shop already")
    folder = keys[0] if keys else shop / "keys"
    passphrase = _new_passphrase(passphrase_file, none=no_passphrase)
    make_keys(folder, root_keys, passphrase)
    made = Shop(shop, KeyRing.of((folder,), passphrase), dt.datetime.now(dt.UTC))
    public = {path.stem: read_public(path) for path in folder.glob("*.pub")}
    begin(made, public, threshold)
    replace(shop / "root.json", (shop / "metadata" / "1.root.json").read_bytes())
    click.echo(f"{shop} is ready; its keys are in {folder}: keep those of the root apart from all the others")
    click.echo(f"agents trust it by {shop / 'root.json'}")


@program.command("key")
@click.argument("path", type=_PATH)
@click.option("--passphrase-file", type=_FILE, help=f"Holds the passphrase; else {PASSPHRASE} in the environment.")
@click.option("--no-passphrase", is_flag=True, help="Leave the key open.")
@click.option("--show", is_flag=True, help="Show the id of a public key that is there, and make none.")
def key(path: Path, passphrase_file: Path | None, no_passphrase: bool, show: bool) -> None:
    """Make a key in PATH (PKCS#8), its public half beside it; vendors begin with this."""
    if show:
        click.echo(read_public(path).keyid)
        return
    made = make_key(path, _new_passphrase(passphrase_file, none=no_passphrase))
    click.echo(f"{public_path(path)} has the id {made.keyid}")


@program.command("add")
@with_shop
@click.argument("files", nargs=-1, required=True, type=_FILE)
def add_files(made: Shop, files: tuple[Path, ...]) -> None:
    """Add bundles, Debian packages and wheels; the file's name says what it is."""
    for file in files:
        click.echo(add(made, file))


@program.command("delegate")
@with_shop
@click.argument("vendor")
@click.option("--distribution", "distributions", multiple=True, required=True, help="Whose wheels the vendor signs.")
@click.option("--key", "public", multiple=True, required=True, type=_FILE, help="A public key of the vendor's.")
@click.option("--threshold", default=1, show_default=True, help="Keys that must sign.")
def delegate(
    made: Shop,
    vendor: str,
    distributions: tuple[str, ...],
    public: tuple[Path, ...],
    threshold: int,
) -> None:
    """Let VENDOR sign the wheels of their own distributions with their own key, and nothing else."""
    let_in(made, vendor, distributions, public_keys(public), threshold)
    click.echo(f"{vendor} signs {', '.join(distributions)}")


@program.command("accept")
@with_shop
@click.argument("vendor")
@click.argument("bench", type=_FOLDER)
def accept(made: Shop, vendor: str, bench: Path) -> None:
    """Take in what VENDOR signed in BENCH, their own copy of the shop."""
    count = take_in(made, vendor, bench)
    click.echo(f"{vendor} signed {count} files")


@program.command("channel")
@with_shop
@click.argument("name", type=click.Choice(CHANNELS))
@click.option("--agent", help="The agent's version.")
@click.option("--plugin", "plugins", multiple=True, metavar="DISTRIBUTION=VERSION", help="A plugin's version.")
@click.option("--lower", is_flag=True, help="Machines with a higher version go back to this one.")
def channel(
    made: Shop,
    name: str,
    agent: str | None,
    plugins: tuple[str, ...],
    lower: bool,
) -> None:
    """Say which versions the machines of a channel run: all of them, for what is not named is not run."""
    pairs = dict(text.partition("=")[::2] for text in plugins)
    named = set_channel(made, name, agent, pairs, lower=lower)
    click.echo(f"{name}: {', '.join(named.targets()) or 'nothing'}")


@program.command("sign")
@with_shop
@click.argument("roles", nargs=-1, required=True)
def sign(made: Shop, roles: tuple[str, ...]) -> None:
    """Add the signatures of the keys at hand to ROLES (``root``, ``targets``, ``channel-all``, ``vendor-acme``...)."""
    for role in roles:
        document: Metadata[Any] = made.root if role == ROOT else made.read(role)
        before = len(document.signatures)
        made.put(role, made.sign(role, document))
        click.echo(f"{role} has {len(document.signatures)} signatures, {len(document.signatures) - before} of them new")


@program.command("rotate")
@with_shop
@click.argument("role", type=click.Choice((ROOT, TARGETS, SNAPSHOT, TIMESTAMP)))
@click.option("--add", "come", multiple=True, type=_FILE, help="A public key that comes.")
@click.option("--remove", "go", multiple=True, help="The id of a key that goes; see 'tympan-release show'.")
@click.option("--threshold", type=int, help="Keys that must sign from now on.")
def rotate_keys(
    made: Shop,
    role: str,
    come: tuple[Path, ...],
    go: tuple[str, ...],
    threshold: int | None,
) -> None:
    """Change the keys of ROLE in a new root of trust; enough keys of the old root must sign it, too."""
    number = rotate(made, public_keys(come), go, threshold, role)
    click.echo(f"root {number} is made; sign it with enough keys of the old and of the new one, and publish")


@program.command("publish")
@with_shop
@click.argument("folder", type=_PATH)
@click.option("--days", default=TIMESTAMP_DAYS, show_default=True, help="How long agents may believe it is the newest.")
def publish_shop(made: Shop, folder: Path, days: int) -> None:
    """Lay into FOLDER what agents read. Say it again by a timer: the timestamp is signed anew."""
    number = publish(made, folder, dt.datetime.now(dt.UTC), days)
    click.echo(f"{folder} holds number {number}, for {days} {'day' if days == 1 else 'days'}")


@program.command("archive")
@click.argument("folder", type=_FOLDER)
@click.argument("file", type=_PATH)
@click.option(
    "--channel", "channels", multiple=True, type=click.Choice(CHANNELS), help="Pack this channel's files alone."
)
def make_archive(folder: Path, file: Path, channels: tuple[str, ...]) -> None:
    """Pack a published FOLDER into FILE, for 'tympan update from FILE' on machines without a network."""
    count = archive(folder, file, channels)
    click.echo(f"{file} holds {count} files")


@program.command("show")
@click.argument("shop", type=_PATH)
def show(shop: Path) -> None:
    """Tell roles, keys, files, and what hinders publishing."""
    made = Shop(shop, KeyRing({}), dt.datetime.now(dt.UTC))
    root = made.root.signed
    click.echo(f"root {root.version}, until {root.expires:%Y-%m-%d}")
    for name, role in sorted(root.roles.items()):
        click.echo(f"  {name}: {role.threshold} of {len(role.keyids)}: {', '.join(role.keyids)}")
    for name in made.roles():
        signed = made.role(name).signed
        click.echo(f"{name} {signed.version}, until {signed.expires:%Y-%m-%d}")
        for target in sorted(signed.targets):
            click.echo(f"  {target}")
    for fault in made.faults():
        click.echo(f"hinders publishing: {fault}")


def main() -> None:
    """Runs the program: 0 done, 1 not done, 2 not understood."""
    try:
        program(standalone_mode=False)
    except ShopError as error:
        click.echo(f"tympan-release: {error.cause}", err=True)
        if error.next_step:
            click.echo(f"                {error.next_step}", err=True)
        sys.exit(1)
    except RepositoryError as error:
        click.echo(f"tympan-release: {error}", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)


if __name__ == "__main__":
    main()
