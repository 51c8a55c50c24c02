"""``tympan-hub doctor``: looks at everything that can be wrong, and says so."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator

import click
from attrs import frozen

from tympan_hub.adapters.blobs import blobs_at
from tympan_hub.adapters.clock import SystemClock
from tympan_hub.adapters.sql import is_damaged
from tympan_hub.adapters.update_repository import FolderRepository
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.blobs import BlobName, Kind, Shelf
from tympan_hub.domain.errors import HubError
from tympan_hub.domain.ids import SERVICE, new_id
from tympan_hub.domain.limits.updates import RENEWED_BEFORE
from tympan_hub.domain.people import CONSOLE


@frozen(kw_only=True)
class Check:
    """One thing looked at; ``problem`` is "" when all is well."""

    what: str
    found: str = ""
    problem: str = ""


@click.command()
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


async def checks(home: Home) -> AsyncIterator[Check]:
    """Looks at one thing after the other."""
    if not home.secrets.exists() or not (home.address or home.database.exists()):
        yield Check(what="state folder", problem=f"there is no hub in {home.root}. Run 'tympan-hub init'.")
        return
    if not home.address:
        yield Check(what="database file", found=str(home.database), problem=is_damaged(home.database))
    yield await _blobs(home)
    yield await _updates(home)
    try:
        async with hub(home) as services:
            yield Check(what="secrets", found=str(home.secrets))
            tenants = await services.tenants.list(CONSOLE)
            owners = await services.people.list(SERVICE, CONSOLE)
            yield Check(what="tenants", found=str(len(tenants)), problem="" if tenants else "there is no tenant yet")
            yield Check(what="service owners", found=str(len(owners)), problem="" if owners else "there is none yet")
            yield Check(what="sandbox of converters", found=services.conversions.sandbox)
            for one in services.conversions.shown():
                yield Check(what=f"converter {one.name}", found="ready" if not one.problem else f"away: {one.problem}")
            for tenant in (SERVICE, *(tenant.id for tenant in tenants)):
                broken = await services.audit.first_broken(tenant, CONSOLE)
                problem = f"entry {broken} was tampered with" if broken else ""
                yield Check(what=f"audit log of {tenant}", found="whole", problem=problem)
    except HubError as error:
        yield Check(what="secrets and database", problem=error.sentence)


async def _updates(home: Home) -> Check:
    """Whether the update repository can be read, and how long agents will believe it."""
    what, contents = "update repository", await FolderRepository(home.updates).contents()
    if contents is None:
        return Check(what=what, found=f"none in {home.updates}")
    if contents.trouble:
        return Check(what=what, problem=f"{home.updates}: {contents.trouble}")
    now, ends = SystemClock().now(), contents.ends_at
    found = ", ".join(f"{ring} {channel.agent}" for ring, channel in contents.channels.items()) or "no channel"
    if ends is not None and ends < now + RENEWED_BEFORE:
        then = "Sign it anew with tympan-release, and publish it."
        over = "computers take nothing any more" if ends < now else "after that computers take nothing"
        return Check(what=what, problem=f"it is signed until {ends:%Y-%m-%d %H:%M} UTC; {over}. {then}")
    return Check(what=what, found=f"{found}, signed until {ends:%Y-%m-%d}" if ends else found)


async def _blobs(home: Home) -> Check:
    """Writes a small blob, reads it again and takes it away."""
    what, content = "blobs", secrets.token_bytes(64)
    try:
        name = BlobName(shelf=Shelf(kind=Kind.CHECKS, holder=new_id()), piece=new_id())
        store = blobs_at(home.blobs)
        await store.put(SERVICE, name, content, hashlib.sha256(content).hexdigest())
        found = b"".join([piece async for piece in store.get(SERVICE, name, 0, len(content))])
        await store.clear(SERVICE, name.shelf)
    except HubError as error:
        return Check(what=what, problem=error.sentence)
    problem = "" if found == content else "what was read is not what was put"
    return Check(what=what, found=str(home.blobs), problem=problem)
