"""Which process serves which agent."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "processes",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_processes_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_processes")),
    )
    op.create_table(
        "presences",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("process", sa.String(length=32), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_presences_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_presences_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "process", "agent", name=op.f("pk_presences")),
    )


def downgrade() -> None:
    """Back from this revision."""
    op.drop_table("presences")
    op.drop_table("processes")
