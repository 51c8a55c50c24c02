"""What tenants may send through the tunnel, and how many agents serve each printer."""

from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, Table

from tympan_hub.adapters.sql.tables._columns import WORD, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

tunnel_limits = Table(
    "tunnel_limits",
    metadata,
    tenant(),
    Column("bytes_most", BigInteger, nullable=False),
    Column("jobs_most", Integer, nullable=False),
    Column("bytes_waiting_most", BigInteger, nullable=False),
    Column("keep_s", Integer, nullable=False),
    Column("rate", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant"),
)

tunnel_serving = Table(
    "tunnel_serving",
    metadata,
    tenant(),
    Column("printer", WORD, nullable=False),
    Column("agents", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "printer"),
    of("printers", "printer"),
)
