"""Providers of service owners, and a provider's word for one who has a second step to do."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    kind: sa.Column[bool] = sa.Column("for_owners", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("providers", kind)
    op.add_column("half_sign_ins", sa.Column("vouched", sa.JSON(), nullable=True))


def downgrade() -> None:
    """From this revision."""
    op.drop_column("half_sign_ins", "vouched")
    op.drop_column("providers", "for_owners")
