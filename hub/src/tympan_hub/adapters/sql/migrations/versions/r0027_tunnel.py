"""The tunnel: jobs on their way through the hub, and the envelopes of their keys."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_OPEN = "state IN ('waiting', 'taken', 'begun')"


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "crossings",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("printer", sa.String(length=63), nullable=False),
        sa.Column("sender", sa.String(length=32), nullable=False),
        sa.Column("upload", sa.String(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        *_agents("crossings", "sender", "holder"),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_crossings_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_crossings")),
    )
    for columns in _INDICES:
        op.create_index(_name(columns), "crossings", columns, unique=False)
    for name, columns, unique in _PARTIAL:
        is_open = sa.text(_OPEN)
        op.create_index(name, "crossings", columns, unique=unique, sqlite_where=is_open, postgresql_where=is_open)
    op.create_table(
        "crossing_envelopes",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("crossing", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned", sa.Integer(), nullable=False),
        *_agents("crossing_envelopes", "agent"),
        sa.ForeignKeyConstraint(
            ["tenant", "crossing"],
            ["crossings.tenant", "crossings.id"],
            name=op.f("fk_crossing_envelopes_tenant_crossing_crossings"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_crossing_envelopes_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "crossing", "agent", name=op.f("pk_crossing_envelopes")),
    )
    op.create_index(op.f("ix_crossing_envelopes_tenant_agent"), "crossing_envelopes", ["tenant", "agent"], unique=False)


def downgrade() -> None:
    """From this revision."""
    op.drop_table("crossing_envelopes")
    op.drop_table("crossings")


_INDICES = (["tenant", "job", "offered_at"], ["tenant", "upload"], ["tenant", "ended_at"])
_PARTIAL = (
    ("ix_crossings_open", ["tenant", "state", "offered_at"], False),
    ("ix_crossings_open_holder", ["tenant", "holder"], False),
    ("uq_crossings_open_job", ["tenant", "job"], True),
)


def _name(columns: list[str]) -> str:
    return op.f("_".join(("ix_crossings", *columns)))


def _agents(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            ["tenant", column],
            ["agents.tenant", "agents.id"],
            name=op.f(f"fk_{table}_tenant_{column}_agents"),
            ondelete="CASCADE",
        )
        for column in columns
    ]
