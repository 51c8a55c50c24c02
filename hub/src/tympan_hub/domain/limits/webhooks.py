"""Numbers of webhooks and of what is delivered to them."""

import datetime as dt
from typing import Final

WEBHOOKS: Final = 20
"""Webhooks of one tenant: every happening is a row for each."""

DELIVERY_FIRST: Final = dt.timedelta(seconds=15)
"""The wait before a delivery is tried a second time; it doubles from there."""

DELIVERY_SLOWEST: Final = dt.timedelta(hours=6)
"""The longest wait between two attempts."""

DELIVERY_FOR: Final = dt.timedelta(days=3)
"""So long is a delivery tried: an endpoint that broke on a Friday evening is mended on Monday."""

DELIVERIES_KEPT: Final = dt.timedelta(days=14)
"""A delivery that has ended stays in the list so long."""

DELIVERIES_WAITING: Final = 10_000
"""Deliveries that wait for one webhook; one more and it is switched off: nobody reads that much later."""

DELIVERY_LEASE: Final = dt.timedelta(minutes=2)
"""So long has one process a delivery to itself: longer than an attempt may take."""

DELIVERY_S: Final = 15.0
"""An attempt in all: name, connection, TLS, answer."""

DELIVERY_ANSWER_BYTES: Final = 1024
"""So much of an endpoint's answer is read."""

DELIVERIES_S: Final = 2
"""Seconds between two looks for deliveries that are due."""

DELIVERIES_AT_ONCE: Final = 8
"""Attempts at the same time for one tenant in one process."""

DELIVERY_TENANTS: Final = 32
"""Tenants whose deliveries are tried at the same time: with ``DELIVERIES_AT_ONCE``, 256 connections of a process."""
