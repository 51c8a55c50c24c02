"""Commands that plugins add to ``tympan``: looked for only when a name is none of our own."""

from __future__ import annotations

import sys

import click

from tympan.admin import AllowList, Isolation, collect, load, scan
from tympan.plugin import Command, PluginState
from tympan_cli import _offline as offline
from tympan_cli._agent_link import home


def vendor_command(name: str) -> click.Command | None:
    """The command ``name`` of a plugin that policy has on; None when no plugin offers it."""
    place = home()
    book = offline.policy(place)
    for record, point in scan(AllowList(place)).values():
        if record.state is not PluginState.FOUND or offline.decided(record, book)[0] == PluginState.OFF:
            continue
        if record.manifest is not None and record.manifest.isolation is Isolation.PROCESS:
            continue  # a command cannot be called across processes, and nothing else of it is looked for here
        for offer in collect(load(point), record.id):
            port = offer.contribution.port
            if isinstance(port, Command) and port.name == name:
                return _wrapped(port)
    return None


def _wrapped(port: Command) -> click.Command:
    @click.command(port.name, help=port.summary, context_settings={"ignore_unknown_options": True})
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def run(arguments: tuple[str, ...]) -> None:
        status = port.run(arguments)
        if status:
            sys.exit(status)

    return run
