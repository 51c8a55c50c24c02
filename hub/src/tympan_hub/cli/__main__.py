"""The command ``tympan-hub``: its options, and its commands by what they are about."""

import os
from pathlib import Path
from typing import Final

import click

from tympan_hub.cli.doctor import doctor
from tympan_hub.cli.home import Home
from tympan_hub.cli.mqtt import mqtt
from tympan_hub.cli.owner import owner
from tympan_hub.cli.serve import serve
from tympan_hub.cli.state import backup, init, migrate, restore
from tympan_hub.cli.tenant import enrol_token, tenant

COMMANDS: Final = (init, migrate, serve, mqtt, owner, tenant, enrol_token, backup, restore, doctor)


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


for command in COMMANDS:
    main.add_command(command)


if __name__ == "__main__":
    main()
