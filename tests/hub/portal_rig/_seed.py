"""Things a hub has after a while: people, agents, printers well and ill, jobs of every standing, long names."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs

from portal_rig._found import find_devices
from portal_rig._hub import PASSWORD
from portal_rig._pull import held_jobs, pull_printing
from portal_rig._scans import add_scans, see_devices
from portal_rig._shares import share_queue
from portal_rig._updates import publish, roll_out
from tympan_hub.adapters.sql import Database, SqlUnits
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.agents import Agent, EnrolmentFilter, Platform, Plugin, SelfReport
from tympan_hub.domain.commands import Command, CommandState, Order
from tympan_hub.domain.hand_ins import Wishes
from tympan_hub.domain.ids import SERVICE, AgentId, CommandId, GroupId, JobId, PrinterId, SignInId, TenantId, hash_of
from tympan_hub.domain.jobs import Job, Pages, Standing, StoryLine
from tympan_hub.domain.key_book import KeyEvent
from tympan_hub.domain.mail_addresses import MailPlace
from tympan_hub.domain.people import CONSOLE, Actor, Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.printers import DeviceFound, DeviceSeen, QueueSeen
from tympan_hub.domain.sign_ins import SignIn
from tympan_hub.domain.tunnel import TunnelLimits
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_hub.domain.usage import counted
from tympan_hub.ports import Unit
from tympan_hub.service import Services
from tympan_hub.service.key_entries import add_entry, add_revoked

MAIL = MailPlace(domain="drucken.stadtwerke.example", server="mx.stadtwerke.example")
MAIL_DOOR = ("--lmtp", "127.0.0.1:0", "--mail-domain", MAIL.domain, "--authserv-id", MAIL.server)
OWNER, ADMINISTRATOR, USER = (
    "owner@hub.example",
    "annegret.schimmelpfennig@stadtwerke.example",
    "ben@stadtwerke.example",
)
NEWCOMER = "nora@neubau.example"
"""Administrator of a tenant that has nothing yet."""
CHECKED = "ipp://printer.example/ipp/print"
"""An address that agents looked at."""
AGENTS = tuple(AgentId(f"{number:032x}") for number in range(1, 5))
TENANT = TenantId("stadtwerke")
WORKSHOP = GroupId("werkstatt")
_CAPABILITIES = (
    "endpoint.ipp",
    "hub.https",
    "hub.sync",
    "local.site",
    "spool.cups",
    "statistics.document",
    "submission.ipp",
    "discovery.bonjour",
    "discovery.ippscan",
    "acme.ledger",
)
_TITLES = (
    "Quarterly report Q3 2026 (final, really final).pdf",
    "Grundriss_Haus_B_3.OG_Elektro_Planstand_2026-11-24_rev_F_mit_Anmerkungen_der_Bauleitung.pdf",
    "<script>alert('title')</script>.pdf",
    "",
    "Lunch menu",
)


def furnish(home: Path) -> None:
    """Makes a hub with all of this in a state folder."""
    asyncio.run(_furnish(Home(home)))


def add_job(home: Path, title: str, standing: Standing = Standing.PRINTING) -> str:
    """One more job, as an agent reports it while somebody looks; returns its id."""
    job = _job(0, "second-floor", _now(), title=title, standing=standing)
    in_unit(home, lambda units: keep(units, (job,)))
    return str(job.id)


def in_unit(home: Path, act: Callable[[SqlUnits], Awaitable[None]]) -> None:
    """Does something with the database of a hub, which may be running."""
    with ThreadPoolExecutor(1) as aside:  # playwright has a loop of its own in the test's thread
        aside.submit(asyncio.run, _in_unit(home, act)).result()


async def keep(units: SqlUnits, jobs: Sequence[Job]) -> None:
    """Keeps jobs and counts them, as reports of agents do."""
    counts = {job.id: count for job in jobs if (count := counted(job, _now()))}
    async with units.writing() as unit:
        await unit.jobs.put(TENANT, jobs, counts)
        await unit.usage.add(TENANT, list(counts.values()))


async def _furnish(home: Home) -> None:
    async with hub(home, mail_place=MAIL) as services:
        tenant = (await services.tenants.add(CONSOLE, "Stadtwerke")).id
        await _people(services, tenant)
        await _tokens(services, tenant)
        new = (await services.tenants.add(CONSOLE, "Neubau")).id
        await services.people.add(
            new, CONSOLE, email=NEWCOMER, name="Nora Neu", role=Role.ADMINISTRATOR, password=PASSWORD
        )
        printers = await _printers(services, tenant)
        await pull_printing(services, tenant, by_administrator(tenant), printers[:3])
        holders = tuple(await services.people.list(tenant, CONSOLE))
        await services.policy.switch(tenant, CONSOLE, "statistics.document", Verdict.OFF)
        await services.policy.switch(tenant, CONSOLE, "spool.cups", Verdict.USER)
        await services.policy.switch(SERVICE, CONSOLE, "acme.ledger", Verdict.OFF)
        await services.policy.switch(SERVICE, CONSOLE, "discovery.wsd", Verdict.OFF)
        await services.policy.switch(tenant, by_administrator(tenant), "discovery.ippscan", Verdict.OFF, group=WORKSHOP)
        await _through_the_hub(services, tenant, printers)
        await services.policy.switch(tenant, by_administrator(tenant), "mobility.mail", Verdict.ON)
        [boss] = [one for one in await services.people.list(tenant, CONSOLE) if one.email == ADMINISTRATOR]
        await services.mail_addresses.make(tenant, boss, printers[0], Wishes(copies=2))
    await _in_unit(home.root, lambda units: _reported(units, tenant, printers))
    await _in_unit(home.root, lambda units: keep(units, held_jobs(tenant, AGENTS, holders)))
    async with hub(home) as services:
        await see_devices(services, tenant, AGENTS[:3])
        await share_queue(services, tenant, by_administrator(tenant), AGENTS[0])
        await roll_out(services, tenant, by_administrator(tenant), AGENTS[:3])
    publish(home.updates)


async def _through_the_hub(services: Services, tenant: TenantId, printers: tuple[PrinterId, ...]) -> None:
    """Printers whose jobs go through the hub: by whoever reaches the device, by a group, and from a queue."""
    await services.policy.switch(SERVICE, CONSOLE, "tunnel.send", Verdict.ON)
    by, choose = by_administrator(tenant), services.tunnel_use.choose
    await choose(tenant, by, printers[0], TunnelChoice(use=TunnelUse.FALLBACK))
    await choose(tenant, by, printers[2], TunnelChoice(use=TunnelUse.ALWAYS, group=WORKSHOP))
    await choose(tenant, by, PrinterId("follow-me"), TunnelChoice(use=TunnelUse.FALLBACK))
    await services.tunnel_limits.change(tenant, by, TunnelLimits(bytes_most=2 << 30))
    await services.tunnel_limits.change(SERVICE, CONSOLE, TunnelLimits(bytes_most=512 << 20, rate=8 << 20))


async def _people(services: Services, tenant: TenantId) -> None:
    people = (
        (SERVICE, OWNER, "Olu Owner", Role.OWNER),
        (tenant, ADMINISTRATOR, "Annegret Schimmelpfennig-Oberlander", Role.ADMINISTRATOR),
        (tenant, USER, "Ben Okafor", Role.USER),
        (tenant, "chidi@stadtwerke.example", "Chidi Anagonye", Role.OPERATOR),
    )
    for where, email, name, role in people:
        made = await services.people.add(where, CONSOLE, email=email, name=name, role=role, password=PASSWORD)
    await services.people.disable(tenant, CONSOLE, made.id)
    workshop = await services.groups.add(tenant, CONSOLE, name="Werkstatt")
    await services.groups.join(tenant, CONSOLE, workshop.id, made.id)
    await services.groups.add(tenant, CONSOLE, name="Archiv")


async def _tokens(services: Services, tenant: TenantId) -> None:
    """Tokens for computers: one page of them and some more, one of which was taken back."""
    for number in range(54):
        await services.agents.make_token(
            tenant, CONSOLE, name=f"Schulungsraum {number // 18 + 1}, Platz {number % 18 + 1}"
        )
    validity = dt.timedelta(days=30)
    await services.agents.make_token(tenant, CONSOLE, name="Reception, second PC", validity=validity)
    newest, *_ = await services.agents.tokens(tenant, CONSOLE, EnrolmentFilter(limit=1))
    await services.agents.revoke_token(tenant, CONSOLE, newest.hash)
    await services.agents.make_token(tenant, CONSOLE, validity=validity)
    await services.agents.make_token(tenant, CONSOLE, name="Roll-out, north", validity=validity, computers=400)


def by_administrator(tenant: TenantId) -> Actor:
    """The administrator as one who acts."""
    return Actor(label=ADMINISTRATOR, tenant=tenant, role=Role.ADMINISTRATOR)


async def _printers(services: Services, tenant: TenantId) -> tuple[PrinterId, ...]:
    wanted = (
        ("Second floor", "Building A, by the stairs"),
        ("Empfang", "Haupthaus, Erdgeschoss"),
        ("Plotter", "Werkstatt"),
        ("Poststelle Erdgeschoss links neben dem Aufzug, Nachfolger des alten Geräts", ""),
        *((f"Office {number:02}", f"Room {number}") for number in range(1, 60)),
    )
    by = by_administrator(tenant)
    made = []
    for name, location in wanted:
        uri = f"ipps://{'printer-eg-01.intern.' if name == 'Empfang' else ''}stadtwerke.example:631/ipp/print"
        made.append((await services.printers.add(tenant, by, name=name, uri=uri, location=location)).id)
    await services.assignments.set_everybody(tenant, by, made[2], False)
    await services.assignments.give_group(tenant, by, made[2], GroupId("werkstatt"))
    for person in await services.people.list(tenant, CONSOLE):
        if person.role is Role.OPERATOR:
            await services.assignments.give_person(tenant, by, made[2], person.id)
    return tuple(made)


async def _reported(units: SqlUnits, tenant: TenantId, printers: tuple[PrinterId, ...]) -> None:
    async with units.writing() as unit:
        for number, agent in enumerate(AGENTS):
            await unit.agents.add(tenant, _agent(tenant, agent, number))
            await unit.agents.describe(tenant, agent, _told(number))
        await _keys(unit, tenant)
        await unit.agents.revoke(tenant, AGENTS[-1], _now())
        for printer, reachable, reason in ((0, True, "none"), (1, True, "media-empty"), (2, False, "none")):
            await unit.printers.saw_device(tenant, _seen(printers[printer], reachable=reachable, reason=reason))
        for agent in AGENTS[1:3]:
            beside = _seen(printers[0], reachable=True, reason="none")
            await unit.printers.saw_device(tenant, attrs.evolve(beside, agent=agent))
        for agent in AGENTS[:1]:
            await unit.printers.saw_queue(tenant, _queue(printers[0], agent))
            await unit.sign_ins.add(tenant, await _signed_in(unit, tenant, agent))
        await add_scans(unit, tenant, AGENTS)
        for command in _commands(tenant, printers):
            await unit.commands.add(tenant, command)
        await find_devices(unit, tenant, AGENTS, _now())
    await keep(units, tuple(_nth_job(number, printers) for number in range(130)))


async def _keys(unit: Unit, tenant: TenantId) -> None:
    """The key book: who joined, with a proof or as earlier releases do, a key that changed, and who was shut out."""
    agents = [agent for name in AGENTS if (agent := await unit.agents.get(tenant, name)) is not None]
    for number, agent in enumerate(agents):
        proof = b"proof" if number != 1 else b""
        await add_entry(unit, tenant, KeyEvent.JOINED, agent, proof=proof, by=ADMINISTRATOR, at=agent.enrolled_at)
    changed = attrs.evolve(agents[0], recipient=b"another key")
    await add_entry(unit, tenant, KeyEvent.CHANGED, changed, proof=b"proof", by=changed.name, at=_now())
    await add_revoked(unit, tenant, agents[-1], by=ADMINISTRATOR, at=_now())


async def _in_unit(home: Path, act: Callable[[SqlUnits], Awaitable[None]]) -> None:
    database = Database(Home(home).database)
    try:
        await act(SqlUnits(database))
    finally:
        await database.close()


def _agent(tenant: TenantId, agent: AgentId, number: int) -> Agent:
    names = ("LAPTOP-BEN", "arbeitsplatz-buchhaltung-07.intern.stadtwerke.example", "old-mac", "stolen")
    return Agent(
        id=agent,
        tenant=tenant,
        name=names[number],
        platform=(Platform.LINUX, Platform.WINDOWS, Platform.MACOS, Platform.UNKNOWN)[number],
        release="0.1.0",
        public_key=b"key",
        recipient=b"key" if number < 2 else b"",
        certificate="none",
        enrolled_at=_now() - dt.timedelta(days=30),
        seen_at=_now() - dt.timedelta(hours=number * 40),
    )


async def _signed_in(unit: Unit, tenant: TenantId, agent: AgentId) -> SignIn:
    """The administrator at a computer."""
    person = await unit.people.by_email(tenant, ADMINISTRATOR)
    assert person
    return SignIn(
        id=SignInId(uuid.uuid4().hex),
        tenant=tenant,
        agent=agent,
        user="annegret",
        person=person.id,
        token=hash_of("token"),
        began_at=_now() - dt.timedelta(days=2),
        renewed_at=_now(),
        expires_at=_now() + dt.timedelta(days=30),
    )


def _told(number: int) -> SelfReport:
    taken = "tympan.hub_sync brings printers whose ids are taken: front-desk; they are left out"
    problems = (taken,) if number == 1 else ()
    receives = ("tunnel.receive",) if number < 2 else ()
    plugin = Plugin(id="all", status="running", capabilities=(*_CAPABILITIES, *receives))
    networks = ("10.20.0.0/22", f"192.168.{number}.0/24", f"fd00:20:0:{number}::/64")
    return SelfReport(at=_now(), release="0.1.0", plugins=(plugin,), problems=problems, networks=networks)


def _seen(printer: PrinterId, *, reachable: bool, reason: str) -> DeviceSeen:
    detail = {"media-empty": "The paper tray is empty. Put paper in."}.get(reason, "")
    return DeviceSeen(
        printer=printer,
        agent=AGENTS[0],
        reachable=reachable,
        observed_at=_now(),
        make_and_model="KYOCERA ECOSYS M5526cdw" if reachable else "",
        color=True,
        media=("iso_a4_210x297mm", "na_letter_8.5x11in"),
        reason=reason,
        detail=detail,
    )


def _queue(printer: PrinterId, agent: AgentId) -> QueueSeen:
    return QueueSeen(printer=printer, agent=agent, installed=True, usable=True, observed_at=_now())


def _commands(tenant: TenantId, printers: tuple[PrinterId, ...]) -> tuple[Command, ...]:
    """A printer that waits for a computer, one that could not be installed, and an address somebody looked at."""
    why = "nobody is signed in on this computer. Run 'tympan login' there, then install the printer again."
    found = DeviceFound(
        make_and_model="KYOCERA ECOSYS M5526cdw",
        formats=("application/pdf", "image/urf", "image/pwg-raster"),
        color=True,
        duplex=True,
        media=("iso_a4_210x297mm", "na_letter_8.5x11in"),
    )
    install = Command(
        id=CommandId(uuid.uuid4()),
        tenant=tenant,
        agent=AGENTS[1],
        order=Order.INSTALL,
        subject=printers[0],
        asked_by=ADMINISTRATOR,
        asked_at=_now(),
        expires_at=_now() + dt.timedelta(days=7),
    )
    failed = attrs.evolve(
        install, id=CommandId(uuid.uuid4()), agent=AGENTS[2], state=CommandState.FAILED, ended_at=_now(), detail=why
    )
    checked = attrs.evolve(
        failed,
        id=CommandId(uuid.uuid4()),
        agent=AGENTS[0],
        order=Order.CHECK,
        subject=CHECKED,
        state=CommandState.DONE,
        detail="",
        found=found,
    )
    silent = attrs.evolve(checked, id=CommandId(uuid.uuid4()), agent=AGENTS[1], state=CommandState.FAILED, detail=why)
    return (install, failed, checked, attrs.evolve(silent, found=None, detail="printer.example cannot be reached"))


def _nth_job(number: int, printers: tuple[PrinterId, ...]) -> Job:
    standing = list(Standing)[number % len(Standing)]
    created = _now() - dt.timedelta(minutes=3 + 41 * number)
    return _job(number, printers[number % 4], created, title=_TITLES[number % len(_TITLES)], standing=standing)


def _job(number: int, printer: str, created: dt.datetime, *, title: str, standing: Standing) -> Job:
    return Job(
        id=JobId(uuid.uuid4()),
        tenant=TENANT,
        agent=AGENTS[number % 3],
        revision=1,
        printer=printer,
        title=title,
        user=("ben", "annegret.schimmelpfennig", "m.lopez")[number % 3],
        standing=standing,
        created_at=created,
        ended_at=created + dt.timedelta(seconds=40) if standing is Standing.COMPLETED else None,
        size_bytes=1_843_200,
        pages=Pages(
            format="application/pdf", pages=4, copies=3, impressions=12, color_pages=1, color_impressions=3, sheets=6
        )
        if number % 4
        else None,
        story=_story(created),
    )


def _story(created: dt.datetime) -> tuple[StoryLine, ...]:
    told = (
        ("received", "1834211 bytes, sealed and safe on disk", "", Standing.RECEIVED),
        (
            "waits",
            "The device does not answer. [Errno 113] No route to host",
            "it is tried again by itself",
            Standing.WAITING,
        ),
        ("the device took the job as number 42", "", "", Standing.SENDING),
        ("sent to the device", "", "the device says when it is done", Standing.PRINTING),
        ("a plugin of another house weighed the paper", "", "", Standing.PRINTING),
        ("printed", "", "", Standing.COMPLETED),
    )
    return tuple(
        StoryLine(at=created + dt.timedelta(seconds=9 * place), what=what, why=why, then=then, standing=standing)
        for place, (what, why, then, standing) in enumerate(told)
    )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
