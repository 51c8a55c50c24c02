"""What agents report, from the words of the wire into those of the domain."""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_network
from typing import Final

from tympan_hub.domain.agents import Plugin, PolicyObeyed, SelfReport
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, JobId, PrinterId
from tympan_hub.domain.jobs import Job, Pages, Standing, StoryLine
from tympan_hub.domain.limits.agents import KEYS_PER_AGENT
from tympan_hub.domain.limits.scans import NETWORKS_PER_AGENT, SCAN_ADDRESSES
from tympan_hub.domain.limits.values import NUMBER
from tympan_hub.domain.printers import DeviceFound, DeviceSeen, QueueSeen, is_fingerprint
from tympan_hub.domain.scans import PartStanding, ScanPart
from tympan_hub.domain.text import fit
from tympan_hub.ports import Bearer
from tympan_wire import hub as wire

_USER_CHARS = 254
_LARGEST: Final = {4: 8, 6: 32}
"""Bits of the largest network that is believed: 10.0.0.0/8, and what a provider is given of IPv6 (RFC 6177)."""


def job_of(report: wire.JobReport, bearer: Bearer) -> Job:
    """A job as the agent that shows this token reports it."""
    return Job(
        id=JobId(report.job),
        tenant=bearer.tenant,
        agent=bearer.agent,
        revision=report.revision,
        printer=fit(report.printer),
        title=fit(report.name),
        user=cut_user(report.user),
        standing=Standing(report.standing.value),
        reason=fit(report.reason),
        detail=fit(report.detail),
        created_at=report.created_at,
        ended_at=report.ended_at,
        size_bytes=report.size_bytes,
        impressions_completed=report.impressions_completed,
        pages=_pages(report.pages) if report.pages else None,
        held_until=report.held_until,
        target=fit(report.target),
        story=tuple(_line(line) for line in report.story),
    )


def cut_user(user: str) -> str:
    """An account as it is kept with a job."""
    return fit(user)[:_USER_CHARS]


def _pages(pages: wire.Pages) -> Pages:
    return Pages(
        format=fit(pages.format),
        pages=pages.pages,
        sizes=_texts(pages.sizes),
        color_pages=pages.color_pages,
        copies=pages.copies,
        impressions=pages.impressions,
        color_impressions=pages.color_impressions,
        sheets=pages.sheets,
        sides=fit(pages.sides),
        problem=fit(pages.problem),
    )


def _line(line: wire.StoryLine) -> StoryLine:
    return StoryLine(
        at=line.at, what=fit(line.what), why=fit(line.why), then=fit(line.then), standing=Standing(line.standing.value)
    )


def device_seen(report: wire.DeviceReport, agent: AgentId, printer: PrinterId) -> DeviceSeen:
    """How an agent sees a device."""
    return DeviceSeen(
        printer=printer,
        agent=agent,
        reachable=report.reachable,
        observed_at=report.observed_at,
        make_and_model=fit(report.make_and_model),
        formats=_texts(report.formats),
        color=report.color,
        duplex=report.duplex,
        media=_texts(report.media),
        reason=fit(report.reason),
        detail=fit(report.detail),
    )


def device_found(found: wire.DeviceFound) -> DeviceFound:
    """What an agent found at an address."""
    return DeviceFound(
        make_and_model=fit(found.make_and_model),
        formats=_texts(found.formats),
        color=found.color,
        duplex=found.duplex,
        media=_texts(found.media),
        fingerprint=found.fingerprint if is_fingerprint(found.fingerprint) else "",
    )


def queue_seen(report: wire.QueueReport, agent: AgentId, printer: PrinterId, at: dt.datetime) -> QueueSeen:
    """How an agent sees its queue."""
    return QueueSeen(
        printer=printer,
        agent=agent,
        installed=report.installed,
        usable=report.usable,
        detail=fit(report.detail),
        observed_at=at,
    )


_STANDINGS: Final = {
    wire.ScanStanding.WAITING: PartStanding.WAITING,
    wire.ScanStanding.RUNNING: PartStanding.RUNNING,
    wire.ScanStanding.DONE: PartStanding.DONE,
    wire.ScanStanding.FAILED: PartStanding.FAILED,
}


def scan_told(kept: ScanPart, report: wire.ScanReport, now: dt.datetime) -> ScanPart:
    """A part of a scan as its agent says it stands."""
    counts = {name: min(max(getattr(report, name), 0), SCAN_ADDRESSES) for name in ("probed", "total", "found")}
    return kept.told(
        _STANDINGS.get(report.standing, kept.standing),
        probed=counts["probed"],
        total=counts["total"] or kept.total,
        found=counts["found"],
        detail=fit(report.detail),
        at=report.at,
        now=now,
    )


def self_report(report: wire.AgentReport, at: dt.datetime) -> SelfReport:
    """What an agent tells about itself."""
    if any(not 0 <= policy.number <= NUMBER for policy in report.policy):
        raise BadInput("a policy's number is negative or larger than any has")
    if sum(len(plugin.capabilities) for plugin in report.plugins) > KEYS_PER_AGENT:
        raise BadInput(f"an agent has at most {KEYS_PER_AGENT} capabilities")
    return SelfReport(
        at=at,
        release=fit(report.release),
        keys=fit(report.keys),
        plugins=tuple(_plugin(plugin) for plugin in report.plugins),
        policy=tuple(PolicyObeyed(scope=fit(p.scope), name=fit(p.name), number=p.number) for p in report.policy),
        problems=_texts(report.problems),
        networks=tuple(networks_told(report.networks)),
    )


def _plugin(plugin: wire.PluginStanding) -> Plugin:
    return Plugin(
        id=fit(plugin.id),
        version=fit(plugin.version),
        status=fit(plugin.status),
        reason=fit(plugin.reason),
        capabilities=_texts(plugin.capabilities),
        used_at=plugin.used_at,
    )


def networks_told(texts: tuple[str, ...]) -> Iterator[str]:
    """The networks of a report in one spelling, a few at most.

    Left out is what is none, what is every computer's, and what is larger than any network of one owner: who claims all
    addresses would get a share of every scan.
    """
    found: set[str] = set()
    for text in texts[: 4 * NETWORKS_PER_AGENT]:
        with suppress(ValueError):
            network = ip_network(text, strict=False)
            if network.prefixlen >= _LARGEST[network.version] and not (
                network.is_loopback or network.is_link_local or network.is_multicast
            ):
                found.add(str(network))
    yield from sorted(found)[:NETWORKS_PER_AGENT]


def _texts(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(fit(text) for text in texts)
