"""The desired state of an agent: level-triggered, the whole of it, named by a hash of what it says."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from uuid import UUID

import attrs

from tympan_hub.domain.commands import Command, Order
from tympan_hub.domain.ids import SERVICE, AgentId, ShareId
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.scans import Scan, ScanPart
from tympan_hub.domain.shares import SharedQueue
from tympan_hub.domain.sign_ins import Present
from tympan_hub.ports import Bearer, Clock, Units
from tympan_hub.service.agent_policy import AgentPolicyService
from tympan_hub.service.policy_papers import DatedPapers
from tympan_hub.service.pull_rules import points_wanted, wanted_rules
from tympan_hub.service.share_words import options_of
from tympan_hub.service.shared_printers import shares_of
from tympan_hub.service.shares import wanted_shares
from tympan_hub.service.tunnel_rules import tunnel_told
from tympan_hub.service.usable import usable
from tympan_wire import hub as wire
from tympan_wire.hub import (
    Delivery,
    Desired,
    DesiredRequest,
    PrinterWanted,
    PullRules,
    SignedInPerson,
    TellAgain,
    TunnelRules,
    encode,
)


class DesiredService:
    """Tells agents what the hub wants of them."""

    def __init__(self, units: Units, clock: Clock, agent_policies: AgentPolicyService, papers: DatedPapers) -> None:
        self._units = units
        self._clock = clock
        self._agent_policies = agent_policies
        self._papers = papers

    async def of(self, bearer: Bearer, request: DesiredRequest) -> Desired:
        """The state this agent shall have; ``unchanged`` when it has it."""
        now = self._clock.now()
        from_groups = await self._agent_policies.of(bearer)
        async with self._units.reading() as unit:
            editions = (await unit.policies.current(SERVICE), await unit.policies.current(bearer.tenant))
            people = await unit.sign_ins.present(bearer.tenant, bearer.agent, now)
            here = {there.sign_in.person for there in people}
            printers = await usable(unit, bearer.tenant, await unit.printers.all(bearer.tenant), here)
            shares = await shares_of(unit, bearer.tenant, printers)
            commands = await unit.commands.waiting(bearer.tenant, bearer.agent)
            scans = await unit.scans.at(bearer.tenant, bearer.agent)
            sweeps = await unit.sweeps.of_agents(bearer.tenant, [bearer.agent])
            points = await points_wanted(unit, bearer.tenant)
            rules = await wanted_rules(unit, bearer, printers, points, now)
            tunnel = await tunnel_told(unit, bearer, now)
            wanted = await wanted_shares(unit, bearer.tenant, bearer.agent)
            printers = tuple(
                one
                for one in printers
                if one.share is None or (one.id in tunnel.rules and not _is_own(one, shares, bearer.agent))
            )
        if any(command.is_due(now) for command in commands):
            commands = await self._leased(bearer, now)
        state = Desired(
            edition="",
            policies=tuple(
                self._papers.paper(document, now) if request.dated else document.envelope
                for document in (*editions, from_groups)
                if document is not None
            ),
            printers=tuple(
                _wanted(printer, rules.get(printer.id), tunnel.rules.get(printer.id), shares) for printer in printers
            ),
            people=tuple(map(signed_in, people)),
            commands=tuple(_command(command) for command in commands if command.is_open(now)),
            scans=tuple(_scan(scan, part) for scan, part in scans),
            again=tuple(TellAgain(method=sweep.method, number=sweep.again) for sweep in sweeps if sweep.again),
            points=points,
            served=tunnel.served,
            shares=wanted,
        )
        edition = hashlib.sha256(encode(state)).hexdigest()
        if request.known == edition:
            return Desired(edition=edition, unchanged=True)
        return attrs.evolve(state, edition=edition, at=now)

    async def _leased(self, bearer: Bearer, now: dt.datetime) -> tuple[Command, ...]:
        """Gives the agent what is due, durably: from here on only its word under the new fence counts."""
        async with self._units.writing(f"agent {bearer.agent}") as unit:  # as its reports
            commands = await unit.commands.waiting(bearer.tenant, bearer.agent)
            given = tuple(command.leased(now) if command.is_due(now) else command for command in commands)
            for before, after in zip(commands, given, strict=True):
                if after != before:
                    await unit.commands.keep(bearer.tenant, after)
        return given


def signed_in(present: Present) -> SignedInPerson:
    """A sign-in as agents are told of it."""
    return SignedInPerson(user=present.sign_in.user, person=present.sign_in.person, name=present.name)


def _is_own(printer: Printer, shares: Mapping[ShareId, SharedQueue], agent: AgentId) -> bool:
    """Whether it is a queue this very machine has: it needs no other one for it."""
    share = shares.get(printer.share) if printer.share else None
    return share is not None and share.agent == agent


def _wanted(
    printer: Printer, pull: PullRules | None, tunnel: TunnelRules | None, shares: Mapping[ShareId, SharedQueue]
) -> PrinterWanted:
    share = shares.get(printer.share) if printer.share else None
    return PrinterWanted(
        id=printer.id,
        name=printer.name,
        uri=share.address if share else printer.uri,
        delivery=Delivery(printer.delivery.value),
        location=printer.location,
        fingerprint=printer.fingerprint,
        pull=pull,
        tunnel=tunnel,
        options=options_of(share) if share else (),
    )


def _scan(scan: Scan, part: ScanPart) -> wire.ScanWanted:
    return wire.ScanWanted(
        id=part.id,
        targets=part.targets,
        excluded=scan.excluded,
        per_second=scan.per_second,
        outside=scan.confirmed,
    )


def _command(command: Command) -> wire.Command:
    return wire.Command(id=command.id, fence=command.fence, expires_at=command.expires_at, order=_order(command))


def _order(command: Command) -> wire.Order:
    match command.order:
        case Order.INSTALL:
            return wire.InstallQueue(printer=command.subject)
        case Order.REMOVE:
            return wire.RemoveQueue(printer=command.subject)
        case Order.CANCEL:
            return wire.CancelJob(job=UUID(command.subject), by=command.asked_by)
        case Order.CHECK:
            return wire.CheckDevice(uri=command.subject)
