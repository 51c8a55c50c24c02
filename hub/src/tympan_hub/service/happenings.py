"""What happens, told to the webhooks of a tenant: written down within the unit of work of the happening itself."""

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import frozen

from tympan_hub.domain.ids import DeliveryId, TenantId, new_id
from tympan_hub.domain.jobs import Job
from tympan_hub.domain.webhooks import Delivery, Happening, Webhook
from tympan_hub.ports import Unit

_SPACE: Final = uuid.UUID("6f0b2a52-6f0a-4c1e-9a3b-0a6f4f1d7c11")
"""Names deliveries of what must be told once, however often it is reported."""


@frozen(kw_only=True)
class Told:
    """One happening.

    Attributes:
        happening: What.
        data: On what, and how.
        once: When it may be met again and must be told once: what makes it this one.
    """

    happening: Happening
    data: Mapping[str, Any]
    once: str = ""


async def announce(unit: Unit, tenant: TenantId, at: dt.datetime, told: Iterable[Told]) -> None:
    """Puts happenings on their way to all webhooks that want them."""
    happened = list(told)
    if not happened:
        return
    webhooks = await unit.webhooks.all(tenant)
    wanted = [(webhook, each) for webhook in webhooks for each in happened if webhook.wants(each.happening)]
    deliveries = [delivery(webhook, each, at) for webhook, each in wanted]
    await unit.deliveries.add(tenant, deliveries)


def delivery(webhook: Webhook, told: Told, at: dt.datetime) -> Delivery:
    """A happening on its way to a webhook."""
    body = {"type": told.happening.value, "timestamp": at.isoformat(), "tenant": webhook.tenant, "data": told.data}
    return Delivery(
        id=DeliveryId(uuid.uuid5(_SPACE, f"{webhook.id} {told.happening} {told.once}").hex if told.once else new_id()),
        tenant=webhook.tenant,
        webhook=webhook.id,
        happening=told.happening,
        body=json.dumps(body),
        made_at=at,
        due_at=at,
    )


def job_ended(job: Job) -> Told:
    """A job came to its end. Its title is nobody else's to know, so it is not told."""
    pages = job.pages
    return Told(
        happening=Happening.JOB_ENDED,
        data={
            "job": str(job.id),
            "agent": job.agent,
            "printer": job.printer,
            "user": job.user,
            "standing": job.standing.value,
            "reason": job.reason,
            "impressions": pages.impressions if pages else None,
            "sheets": pages.sheets if pages else None,
            "ended_at": job.ended_at.isoformat() if job.ended_at else None,
        },
        once=str(job.id),
    )
