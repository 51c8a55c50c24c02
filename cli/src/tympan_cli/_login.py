"""``tympan login``, ``logout`` and ``whoami``: the person at this machine, and the hub.

- One code is shown as letters, as an address and as a QR code; the person approves it on whatever screen they have.
- The account is that of whoever runs the command; where the system tells it, the agent takes no other word for it.
"""

from __future__ import annotations

import datetime as dt
import getpass
import time
from typing import Any, Final

import click

from tympan_cli._agent_link import AgentLink, home, need_agent
from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit
from tympan_cli._limits import HUB_S, KNOWN_TRIES, SLOWER_S, WAIT_STEP_S
from tympan_cli._output import as_json, console, say, show, show_listing

WHITE_ON_BLACK, PLAIN = "\x1b[97;40m", "\x1b[0m"
"""The blocks drawn are the light ones: white whatever the terminal's own colours are."""

_PENDING: Final = ("pending", "slower")


@click.command("login", short_help="sign in at the hub")
@click.argument("address", metavar="[URL]", default="")
def login(address: str) -> None:
    """Sign in at the hub, so that its printers print for you.

    Where this computer belongs to no hub yet, give the hub's URL: the same code lets the computer in.
    """
    link = need_agent(home())
    _check_address(link, address)
    try:
        standing = _approved(link, address)
        if standing == "enrolled":
            say("")
            say("This computer belongs to the hub now. Nobody is signed in yet; one more code does that.")
            standing = _approved(link, "")
    except KeyboardInterrupt:
        say("")
        say("Stopped. Nobody was signed in, and the code is good for nothing any more.")
        raise
    if standing != "signed-in":
        raise CommandError("nobody was signed in", next_step="Try again: tympan login", status=Exit.FAILED)
    row = _known(link)
    name = row["name"] or "You"
    say("")
    say(f"{name} {'is' if row['name'] else 'are'} signed in at {row['address']} for the account {row['user']}.")


@click.command("logout", short_help="sign out at the hub")
@as_json
def logout(as_json: bool) -> None:
    """Sign out at the hub: what you print on its printers from now on is held."""
    row = need_agent(home()).ask("logout", user=_user(), within_s=HUB_S)
    said = "signed out" if row["signed_in"] else "nobody was signed in"
    show(row, as_json, lambda _: say(f"{said} for the account {row['user']}"))


@click.command("whoami", short_help="who is signed in")
@as_json
def whoami(as_json: bool) -> None:
    """Say who is signed in at the hub for your account."""
    show(need_agent(home()).ask("whoami", user=_user()), as_json, _render)


def _known(link: AgentLink) -> dict[str, Any]:
    """Who is signed in: the hub tells the agent within a moment."""
    for _ in range(KNOWN_TRIES):
        row: dict[str, Any] = link.ask("whoami", user=_user())
        if row["signed_in"]:
            break
        time.sleep(WAIT_STEP_S)
    return row


def _check_address(link: AgentLink, address: str) -> None:
    if not address and not link.ask("hub.status")["enrolled"]:
        cause = "this computer belongs to no hub yet"
        raise CommandError(cause, next_step="Say which: tympan login https://print.example", status=Exit.USAGE)


def _approved(link: AgentLink, address: str) -> str:
    """Shows a code, and waits for what becomes of it."""
    code = link.ask("login.begin", address=address, user=_user(), within_s=HUB_S)
    _show_code(code)
    wait_s, ends_at = float(code["interval_s"]), dt.datetime.fromisoformat(code["expires_at"])
    with console(stderr=True).status("Waiting for your approval ... Ctrl-C stops"):
        while dt.datetime.now(dt.UTC) < ends_at:
            time.sleep(wait_s)
            standing = str(link.ask("login.ask", id=code["id"], within_s=HUB_S)["standing"])
            if standing not in _PENDING:
                break
            wait_s += SLOWER_S if standing == "slower" else 0
        else:
            standing = "expired"
    if standing == "denied":
        raise CommandError("the code was refused at the portal", next_step="Ask whoever runs the hub.")
    if standing == "expired":
        raise CommandError("nobody approved the code in time", next_step="Try again: tympan login")
    return standing


def _show_code(code: dict[str, Any]) -> None:
    what = "let this computer in and sign in" if code["enrols"] else "sign in"
    for line in (
        f"To {what}, open",
        "",
        f"    {code['uri']}",
        "",
        "and type the code",
        "",
        f"    {code['user_code']}",
        "",
    ):
        say(line)
    screen = console()
    if screen.is_terminal:
        say("or scan this with a phone:")
        click.echo(_qr(code["uri_complete"], screen.width))


def _qr(address: str, columns: int) -> str:
    """The address as a QR code of half blocks, dark on light on any terminal; "" where it would not fit."""
    import io

    import segno

    made = segno.make(address, error="l", micro=False)
    if made.symbol_size(border=2)[0] > columns:
        return ""
    drawn = io.StringIO()
    made.terminal(drawn, border=2, compact=True)
    lines = drawn.getvalue().strip("\n").split("\n")
    return "".join(f"{WHITE_ON_BLACK}{line}{PLAIN}\n" for line in lines)


def _render(row: dict[str, Any]) -> None:
    from tympan_cli._listing import Column, Listing

    made = Listing(Column(), Column(wrap=True))
    made.add("account", row["user"])
    if not row["enrolled"]:
        made.add("hub", "none; join one: tympan login URL")
        show_listing(made)
        return
    made.add("hub", row["address"])
    made.add("tenant", row["tenant_name"] or row["tenant"])
    held = "nobody; what you print on the hub's printers is held: tympan login"
    nobody = held if row["required"] else "nobody; the hub's printers do not ask for it"
    made.add("signed in", row["name"] or row["person"] or nobody)
    show_listing(made)


def _user() -> str:
    return getpass.getuser()
