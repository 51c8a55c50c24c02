"""Devices found in networks or entered by hand, who sees them, and how they changed.

The table ``devices`` is another: how agents see what printers were defined on.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from tympan_hub.adapters.sql.tables._columns import HASH, ID, NAME, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

METHOD = String(32)
KEY = String(512)

found_devices = Table(
    "found_devices",
    metadata,
    tenant(),
    Column("id", ID, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("described_at", Moment, nullable=False),
    Column("description", JSON, nullable=False),
    Column("fingerprint", HASH, nullable=False),
    Column("place", NAME, nullable=False),
    Column("host_name", NAME, nullable=False),
    Column("mac", String(17), nullable=False),
    Column("given_name", NAME, nullable=False),
    Column("given_location", NAME, nullable=False),
    Column("in_view", Integer, nullable=False),
    Column("ignored_at", Moment),
    Column("listed", Text, nullable=False),
    Column("sought", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    Index(None, "tenant", "listed", "id"),
)

device_sightings = Table(
    "device_sightings",
    metadata,
    tenant(),
    # Without a reference: what an administrator entered by hand no agent saw.
    Column("agent", ID, nullable=False),
    Column("method", METHOD, nullable=False),
    Column("key", KEY, nullable=False),
    Column("device", ID, nullable=False),
    Column("in_view", Boolean, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("uuid", String(36), nullable=False),
    Column("serial", NAME, nullable=False),
    Column("fingerprint", HASH, nullable=False),
    Column("mac", String(17), nullable=False),
    Column("host", NAME, nullable=False),
    Column("model", NAME, nullable=False),
    Column("uuid_shared", Boolean, nullable=False),
    Column("certificate_shared", Boolean, nullable=False),
    Column("digest", HASH, nullable=False),
    Column("paused", String(8), nullable=False),
    Column("uri", String(1023), nullable=False),
    Column("host_name", NAME, nullable=False),
    Column("addresses", JSON, nullable=False),
    Column("services", JSON, nullable=False),
    Column("description", JSON, nullable=False),
    Column("detail", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "agent", "method", "key"),
    of("found_devices", "device"),
    Index(None, "tenant", "device", "in_view", "agent"),
    # Covers what the map of reach counts, so that no row is read for it.
    Index(None, "tenant", "agent", "in_view", "paused", "device"),
    # What tells devices apart: each by itself, and the weaker ones most often among those without a uuid alone.
    Index(None, "tenant", "uuid"),
    Index(None, "tenant", "serial"),
    Index(None, "tenant", "fingerprint", "uuid"),
    Index(None, "tenant", "mac", "uuid"),
    Index(None, "tenant", "host", "uuid"),
)

device_sweeps = Table(
    "device_sweeps",
    metadata,
    tenant(),
    Column("agent", ID, nullable=False),
    Column("method", METHOD, nullable=False),
    Column("at", Moment, nullable=False),
    Column("in_view", Integer, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("packets", Integer),
    Column("dropped", Integer, nullable=False),
    Column("again", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "agent", "method"),
    of("agents", "agent"),
)

device_changes = Table(
    "device_changes",
    metadata,
    tenant(),
    Column("id", ID, nullable=False),
    Column("device", ID, nullable=False),
    Column("at", Moment, nullable=False),
    Column("agent", ID, nullable=False),
    Column("method", METHOD, nullable=False),
    Column("differences", JSON, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    of("found_devices", "device"),
    Index(None, "tenant", "device", "at", "id"),
)

device_intakes = Table(
    "device_intakes",
    metadata,
    tenant(),
    Column("agent", ID, nullable=False),
    Column("day", Date, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("told", Integer, nullable=False),
    Column("too_many", Integer, nullable=False),
    Column("too_fast", Integer, nullable=False),
    Column("strange", Integer, nullable=False),
    Column("no_room", Integer, nullable=False),
    PrimaryKeyConstraint("tenant", "agent", "day"),
    of("agents", "agent"),
    Index(None, "tenant", "day"),
)
