"""A queue that a computer of the office shares, with a default an administrator chose."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from tympan_hub.domain.ids import AgentId, ShareId, TenantId
from tympan_hub.domain.people import Actor
from tympan_hub.ports import Bearer
from tympan_hub.service import Services
from tympan_wire.hub import DefaultOrigin, Share, ShareOption, SharesChange

SHARE: Final = UUID("5a1b7c0e-3a0f-4c56-9d5e-0f3b8f1f6a01")
_OPTIONS: Final = (
    ShareOption(
        name="sides",
        values=("one-sided", "two-sided-long-edge", "two-sided-short-edge"),
        default="one-sided",
        origin=DefaultOrigin.OS,
    ),
    ShareOption(name="media", values=("iso_a4_210x297mm", "na_letter_8.5x11in"), default="iso_a4_210x297mm"),
    ShareOption(name="print-color-mode", values=("color", "monochrome"), default="color", origin=DefaultOrigin.USER),
    ShareOption(name="copies", values=("1-99",), default="1"),
    ShareOption(name="media-source", values=("auto", "tray-1", "tray-2", "manual"), default="auto"),
    ShareOption(name="printer-resolution", values=("300dpi", "600x300dpi"), default="300dpi"),
    ShareOption(name="x-StapleLocation", values=("None", "UpperLeft"), default="None"),
)


async def share_queue(services: Services, tenant: TenantId, by: Actor, agent: AgentId) -> None:
    """The computer shares it, and somebody wants both sides."""
    share = Share(id=SHARE, queue="Etiketten_Poststelle_USB", name="Etiketten", location="Poststelle", options=_OPTIONS)
    await services.shares.change(Bearer(tenant=tenant, agent=agent), SharesChange(put=(share.hashed(),)))
    await services.sharing.set_default(tenant, by, ShareId(str(SHARE)), "sides", "two-sided-long-edge")
