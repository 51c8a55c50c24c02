"""What arguments are that name nothing of the tenant's: filters, numbers, words and times."""

from __future__ import annotations

import datetime as dt
from typing import Final

from hub_rig import BIRTH

from border_rig._ground import LATER, Goods
from tympan_hub.domain.agents import AgentFilter, EnrolmentFilter
from tympan_hub.domain.devices import DeviceFilter
from tympan_hub.domain.ids import AgentId, DeviceId, PrinterId, ScanId
from tympan_hub.domain.jobs import JobFilter, Owner
from tympan_hub.domain.people import Role
from tympan_hub.domain.reaches import ReachFilter
from tympan_hub.domain.usage import By, UsageFilter
from tympan_hub.domain.webhooks import Delivery

VALUES: Final = Goods(
    {
        AgentFilter: AgentFilter(),
        By: By.USER,
        Delivery | None: None,
        DeviceFilter: DeviceFilter(),
        EnrolmentFilter: EnrolmentFilter(),
        JobFilter: JobFilter(),
        Owner | None: None,
        ReachFilter: ReachFilter(),
        Role: Role.USER,
        UsageFilter: UsageFilter(since=BIRTH.date(), until=BIRTH.date()),
        bool: False,
        bytes: b"forged",
        dt.date: LATER.date(),
        dt.datetime: LATER,
        dt.datetime | None: LATER,
        frozenset[PrinterId]: frozenset(),  # of those to be left out
        int: 5,
        int | None: None,
        str: "forged",
        str | None: None,
        tuple[dt.datetime, ScanId] | None: None,
        tuple[str, AgentId] | None: None,
        tuple[str, DeviceId] | None: None,
    },
    {
        "after_number": 0,
        "after_upload": "",
        "at": BIRTH,
        "day": BIRTH.date(),
        "first": 0,
        "most": 9,
        "silent": BIRTH,
        "since": BIRTH - dt.timedelta(1),
        "text": "",
    },
)
