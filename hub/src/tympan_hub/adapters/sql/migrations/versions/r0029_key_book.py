"""The key book, in which every agent there is stands as it joined; and whether an agent's key waits."""

import base64
import datetime as dt
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from tympan_hub.adapters.sql.types import Moment
from tympan_wire.hub import BEFORE_FIRST, KeyEntry, KeyEvent, entry_digest

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("agents", sa.Column("key_waits", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "key_book",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_key_book_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_key_book_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "number", name=op.f("pk_key_book")),
    )
    op.create_index(op.f("ix_key_book_tenant_agent_number"), "key_book", ["tenant", "agent", "number"], unique=False)
    op.create_index(op.f("ix_key_book_tenant_event_number"), "key_book", ["tenant", "event", "number"], unique=False)
    _fill()


def downgrade() -> None:
    """From this revision."""
    op.drop_index(op.f("ix_key_book_tenant_event_number"), table_name="key_book")
    op.drop_index(op.f("ix_key_book_tenant_agent_number"), table_name="key_book")
    op.drop_table("key_book")
    op.drop_column("agents", "key_waits")


_AGENTS = sa.table(
    "agents",
    *(sa.column(name) for name in ("tenant", "id", "name")),
    *(sa.column(name, sa.LargeBinary()) for name in ("public_key", "recipient")),
    *(sa.column(name, Moment()) for name in ("enrolled_at", "revoked_at")),
)
_BOOK = sa.table(
    "key_book",
    *(sa.column(name) for name in ("tenant", "number", "event", "agent", "name", "by", "before")),
    *(sa.column(name, sa.LargeBinary()) for name in ("identity", "recipient", "proof")),
    sa.column("at", Moment()),
)


def _fill() -> None:
    """Whoever joined, and who was revoked since, in the order of time; nobody gave a proof so far."""
    connection = op.get_bind()
    agents = connection.execute(sa.select(_AGENTS).order_by(_AGENTS.c.tenant)).all()
    for tenant, members in groupby(agents, lambda agent: agent.tenant):
        before = BEFORE_FIRST
        for number, (at, event, agent) in enumerate(_happened(list(members)), 1):
            row = {
                "tenant": tenant,
                "number": number,
                "at": at,
                "event": event.value,
                "agent": agent.id,
                "name": agent.name,
                "identity": agent.public_key,
                "recipient": agent.recipient,
                "proof": b"",
                "by": "",
                "before": before,
            }
            connection.execute(_BOOK.insert().values(row))
            before = _digest(row, event)


def _happened(agents: list[Any]) -> list[tuple[dt.datetime, KeyEvent, Any]]:
    joined = [(agent.enrolled_at, KeyEvent.JOINED, agent) for agent in agents]
    revoked = [(agent.revoked_at, KeyEvent.REVOKED, agent) for agent in agents if agent.revoked_at]
    return sorted([*joined, *revoked], key=lambda one: (one[0], one[1] is KeyEvent.REVOKED, one[2].id))


def _digest(row: dict[str, Any], event: KeyEvent) -> str:
    return entry_digest(
        KeyEntry(
            number=row["number"],
            at=row["at"],
            event=event,
            agent=row["agent"],
            name=row["name"],
            identity=base64.b64encode(row["identity"]).decode(),
            recipient=base64.b64encode(row["recipient"]).decode(),
            before=row["before"],
        )
    )
