"""Pages of agents near by, and badges."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _nearby()
    _badges()


def downgrade() -> None:
    """Back from this revision."""
    op.drop_table("badges")
    op.drop_table("nearby")


def _nearby() -> None:
    op.create_table(
        "nearby",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("doors", sa.JSON(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_nearby_tenant_tenants"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_nearby_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "agent", name=op.f("pk_nearby")),
    )


def _badges() -> None:
    op.create_table(
        "badges",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("shown", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_badges_tenant_tenants"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant", "person"],
            ["people.tenant", "people.id"],
            name=op.f("fk_badges_tenant_person_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "digest", name=op.f("pk_badges")),
    )
    op.create_index(op.f("ix_badges_tenant_person"), "badges", ["tenant", "person"], unique=False)
