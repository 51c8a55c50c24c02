"""How long jobs are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "keepings",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("jobs_days", sa.Integer(), nullable=False),
        sa.Column("titles_days", sa.Integer(), nullable=False),
        sa.Column("jobs_gone", sa.DateTime(timezone=True)),
        sa.Column("titles_gone", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_keepings_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_keepings")),
    )


def downgrade() -> None:
    """From this revision."""
    op.drop_table("keepings")
