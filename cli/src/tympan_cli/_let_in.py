"""``tympan plugin let-in``: tries a plugin again that is held off because it kept the agent from going on."""

from __future__ import annotations

import click

from tympan_cli._agent_link import find_agent, home
from tympan_cli._output import say


@click.command("let-in", short_help="try a plugin again that is held off")
@click.argument("plugin")
def let_in(plugin: str) -> None:
    """Try PLUGIN again: it kept the agent from going on a few times, and was held off."""
    place = home()
    link = find_agent(place)
    if link:
        link.ask("plugins.let-in", plugin=plugin)
        say(f"{plugin} is tried again")
        return
    from tympan.admin import StallBook

    StallBook(place.stalls_file).let_in(plugin)
    say(f"{plugin} is tried again when the agent starts")
