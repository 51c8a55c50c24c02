"""What an enrolment token is for, and an index for the list of them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_INDEX = "ix_enrolments_tenant_made_at_hash"


def upgrade() -> None:
    """To this revision."""
    op.add_column("enrolments", sa.Column("name", sa.String(length=254), nullable=False, server_default=""))
    op.create_index(op.f(_INDEX), "enrolments", ["tenant", "made_at", "hash"], unique=False)


def downgrade() -> None:
    """From this revision."""
    op.drop_index(op.f(_INDEX), "enrolments")
    op.drop_column("enrolments", "name")
