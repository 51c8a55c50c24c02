"""A tenant with one of everything, and how an operation is filled with what is of it."""

from __future__ import annotations

import uuid
from typing import Any

import attrs
from hub_rig import BIRTH, PASSWORD, Bench, job_report, report

from api_rig._document import Operation
from api_rig._program import Program, program
from tympan_hub.domain.devices import DeviceFilter
from tympan_hub.domain.hand_ins import Wishes
from tympan_hub.domain.ids import AgentId, JobId, hash_of
from tympan_hub.domain.people import Role
from tympan_hub.domain.policy import MOBILITY_MAIL, Verdict
from tympan_hub.domain.printers import Delivery
from tympan_hub.domain.second_factor import SecondFactor
from tympan_hub.domain.uploads import Uploader
from tympan_hub.domain.webhooks import CHOSEN, Fate
from tympan_hub.ports import Bearer
from tympan_hub.service.scan_orders import ScanOrder
from tympan_wire.device import Description
from tympan_wire.hub import (
    AgentReport,
    DeviceReport,
    JobStanding,
    PluginStanding,
    QueueReport,
    Share,
    ShareOption,
    SharesChange,
    SightingReport,
    SignInCodeRequest,
    SignInQuestion,
    SweepReport,
    UpdatesRequest,
    UpdateStep,
    UpdateTold,
    UploadRequest,
)
from tympan_wire.key_proofs import fingerprint


@attrs.frozen
class Estate:
    """A tenant.

    Attributes:
        admin: A program of its administrator.
        marks: Texts that stand in what is of this tenant, and nowhere else.
        known: What is of it, by the name of a parameter or a field.
    """

    admin: Program
    marks: tuple[str, ...]
    known: dict[str, Any]

    @property
    def tenant(self) -> str:
        """Its id."""
        return self.admin.person.tenant

    async def ask(self, by: Program, operation: Operation, *, plainly: bool = False, tenant: str = "") -> Any:
        """Asks for an operation on what is of this tenant, by whomever; plainly is without what may be left out."""
        path = operation.path.format(**self.known)
        places = [
            each.name for each in operation.parameters if each.required or not (plainly or each.name in _LEFT_OUT)
        ]
        asked = [name for name in places if f"{{{name}}}" not in operation.path]
        wanted: dict[str, Any] = {name: self._field(name) for name in asked if name in self.known or name in FIELDS}
        body = None
        if operation.body is not None:
            body = {name: self._field(name) for name in GIVEN.get(operation.id, tuple(operation.fields))}
        if tenant:
            wanted["tenant"] = tenant
        return await by.ask(operation.method, path, body, **wanted)

    def _field(self, name: str) -> Any:
        return FIELDS[name] if name in FIELDS else self.known[name]


_LEFT_OUT = {"since", "until", "by", "tenant", "user", "text", "role", "name"}

GIVEN: dict[str, tuple[str, ...]] = {"add-provider-rule": ("value", "role"), "remove-provider-rule": ("value", "role")}
"""Operations that mean something else with all their fields."""

FIELDS: dict[str, Any] = {
    "issuer": "https://127.0.0.1:9/other",
    "client_id": "tympan",
    "client_secret": "a secret of theirs",
    "scopes": ["openid"],
    "everybody": True,
    "unproven": True,
    "claim_name": "name",
    "claim_email": "email",
    "claim_login": "",
    "claim_groups": "groups",
    "claim_home": "",
    "domains": [],
    "adds_unknown": False,
    "links_by_email": False,
    "for_owners": False,
    "latest": "2.0.0",
    "held": ["acme-raw9100"],
    "value": "staff",
    "number": "04a24b91",
    "audit_days": 365,
    "targets": ["203.0.113.7", "lobby.example"],
    "excluded": ["203.0.113.0/30"],
    "per_second": 50,
    "confirm_outside": True,
    "leave_out_unreached": True,
    "counted_since": "2026-02-01T00:00:00Z",
    "jobs_days": 90,
    "titles_days": 30,
    "name": "Another name",
    "url": "https://other.example/hook",
    "happenings": ["job.ended"],
    "uri": "ipp://other.example/ipp/print",
    "delivery": "push",
    "location": "Elsewhere",
    "fingerprint": "",
    "hours": 2,
    "csv": "name,uri\nListed,ipp://listed.example/ipp/print\n",
    "preview": False,
    "pin": True,
    "verdict": "off",
    "email": "new@person.example",
    "password": PASSWORD,
    "login": "new",
    "role": "user",
    "pull": None,
    "proximity": "static",
    "changes": [],
    "copies": 2,
    "use": "fallback",
    "bytes_most": 1 << 20,
    "jobs_most": 7,
    "bytes_waiting_most": 1 << 30,
    "keep_s": 600,
    "option": "sides",
    "choice": "one-sided",
    "audience": "nobody",
    "allow": ["Laser*"],
    "deny": [],
    "rate": 0,
    "compared": fingerprint(b"another key"),
    "sides": "one-sided",
    "color": "monochrome",
    "media": "iso_a4_210x297mm",
    "pages": None,
    "title": "",
    "media_type": "application/pdf",
    "note": "",
    "envelopes": [],
    "size": 0,
    "part_bytes": 1 << 16,
    "canary": [],
    "early": [],
    "paused": True,
    "pinned": "1.0.0",
    "window": {"days": ["sat"], "begin_min": 60, "end_min": 120},
    "least": 3,
    "percent": 5,
    "repository": "",
    "subject": "",
    "version": "9.9.9",
    "computers": 1,
}
"""What a field of a body is filled with; a new field is put here, or into the estate when it names something."""


async def estate(hub: Bench, name: str) -> Estate:
    """A tenant that has one of everything; all of them alike but for the mark in their names."""
    mark = f"{name}-mark"
    tenant = await hub.tenant(name)
    admin, user = await hub.person(tenant), await hub.person(tenant, Role.USER)
    asking = await program(hub, admin)
    spare = await program(hub, user)
    agent = await hub.agent(tenant, f"desk {mark}")
    await agent.rekey(b"another key", proof="")
    printer = await hub.services.printers.add(tenant, admin.actor, name="Lobby", uri=f"ipp://{mark}.example/ipp/print")
    sent = job_report(user="administrator", name=f"title {mark}", standing=JobStanding.PRINTING, ended_at=None)
    plugin = PluginStanding(id="x", status="active", capabilities=("document.stats",))
    scanning = PluginStanding(id="scan", status="running", capabilities=("discovery.ippscan",))
    await agent.report(
        report(sent),
        report(DeviceReport(printer=printer.id, reachable=True, observed_at=BIRTH, make_and_model=mark)),
        report(QueueReport(printer=printer.id, installed=True, detail=mark)),
        report(AgentReport(release="1", plugins=(plugin, scanning))),
    )
    sight = SightingReport(
        method="bonjour", key="a", seen_at=BIRTH, uri=f"ipp://{mark}.found.example/", description=Description(name=mark)
    )
    await agent.report(report(sight), report(attrs.evolve(sight, key="")))
    await agent.report(report(SweepReport(method="bonjour", at=BIRTH, in_view=1)))
    found = (await hub.services.devices.find(tenant, admin.actor, DeviceFilter())).devices[0].device
    await asking.ask("PUT", "/policy/switches/document.stats", {"verdict": "on"})
    group = await hub.services.groups.add(tenant, admin.actor, name=f"Group {mark}")
    second = await hub.services.printers.add(tenant, admin.actor, name="Second", uri="ipp://second.example/ipp/print")
    asked = await hub.services.queues.install(tenant, admin.actor, second.id, AgentId(agent.id))
    bearer = Bearer(tenant=tenant, agent=AgentId(agent.id))
    shown = await hub.services.device_codes.begin_sign_in(bearer, SignInCodeRequest(user=mark), source="x")
    await hub.services.device_codes.approve(tenant, admin, shown.code.user_code, source="x")
    question = SignInQuestion(device_code=shown.secret, refresh_token=(mark * 10)[:43])
    await hub.services.sign_ins.ask(bearer, question)
    said = {
        "name": f"Provider {mark}",
        "issuer": f"https://127.0.0.1:9/{name}",
        "client_id": mark,
        "client_secret": "a secret",
    }
    provider = (await asking.ask("POST", "/providers", said)).json()
    unused = await hub.services.agents.make_token(tenant, admin.actor)
    _, invited = await hub.services.invitations.make(
        tenant, admin.actor, email=f"{mark}@person.example", role=Role.USER
    )
    hook = await hub.services.webhooks.add(
        tenant, admin.actor, name=f"Hook {mark}", url="http://127.0.0.1:9/", happenings=CHOSEN
    )
    sent_before = await hub.services.webhooks.test(tenant, admin.actor, hook.webhook.id)
    order = ScanOrder(targets=f"{mark}.example", agents=(bearer.agent,))
    scan = await hub.services.scans.order(tenant, admin.actor, order)
    [part] = (await hub.services.scans.get(tenant, admin.actor, scan.id)).parts
    pull = await hub.services.printers.add(tenant, admin.actor, name="Pull", uri="", delivery=Delivery.PULL)
    [point] = await hub.services.points.make(tenant, admin, (printer.id,))
    held = job_report(
        printer=pull.id, user="administrator", name=f"held {mark}", standing=JobStanding.HELD, ended_at=None
    )
    on_its_way = attrs.evolve(held, job=uuid.uuid4())
    await agent.report(report(held), report(on_its_way))
    batch = await hub.services.releases.ask(tenant, admin, printer.id, (JobId(on_its_way.job),), point.code)
    sides = ShareOption(name="sides", values=("one-sided",), default="one-sided")
    share = Share(id=uuid.uuid5(uuid.NAMESPACE_DNS, mark), queue=mark, name=f"Share {mark}", options=(sides,)).hashed()
    await hub.services.shares.change(bearer, SharesChange(put=(share,)))
    uploading = UploadRequest(name=mark, size=0, part_bytes=1 << 16, user=mark)
    upload = await hub.services.uploads.begin(Uploader(tenant=tenant, person=admin.id), uploading)
    station = await hub.services.stations.make(tenant, admin, f"Reader {mark}", (printer.id,))
    badge = await hub.services.badges.add(tenant, admin, user.id, f"badge {mark}")
    await hub.services.policy.switch(tenant, admin.actor, MOBILITY_MAIL, Verdict.ON)
    await hub.services.mail_addresses.make(tenant, admin, printer.id, Wishes())
    went = UpdateTold(version="2.0.0", step=UpdateStep.RETURNED, reason=mark, at=BIRTH)
    await hub.services.updates.of(bearer, UpdatesRequest(installed="1.0.0", trouble=mark, updates=(went,)))
    async with hub.units.writing() as unit:
        await unit.deliveries.lease(tenant, "holder", BIRTH, BIRTH, 10)
        taken = attrs.evolve(sent_before, fate=Fate.TAKEN, status=200, ended_at=BIRTH)
        assert await unit.deliveries.end(tenant, taken, "holder")
        await unit.second_factors.put(tenant, SecondFactor(person=user.id, sealed=b"sealed"))
        [present] = await unit.sign_ins.present(tenant, bearer.agent, BIRTH)
    return Estate(
        asking,
        (mark, agent.id, user.id, admin.id, str(sent.job), spare.token.id, spare.token.prefix, user.email, hook.secret),
        {
            "agent": agent.id,
            "printer": printer.id,
            "person": user.id,
            "job": str(sent.job),
            "token": spare.token.id,
            "enrolment": hash_of(unused),
            "group": group.id,
            "command": str(asked.id),
            "sign_in": present.sign_in.id,
            "replaces": agent.id,
            "since": "2026-02-01",
            "until": "2026-03-05",
            "provider": provider["id"],
            "invitation": invited.id,
            "groups": [group.id],
            "webhook": hook.webhook.id,
            "badge": badge.digest,
            "station": station.station.id,
            "point": printer.id,
            "points": [printer.id],
            "delivery": sent_before.id,
            "key": "document.stats",
            "scan": scan.id,
            "share": str(share.id),
            "upload": upload.upload,
            "number": 0,
            "part": str(part.part.id),
            "agents": [agent.id],
            "device": found.id,
            "printers": [printer.id],
            "jobs": [str(held.job)],
            "held_job": str(held.job),
            "code": point.code,
            "proof": point.code,
            "batch": batch.id,
            "tenant": tenant,
        },
    )
