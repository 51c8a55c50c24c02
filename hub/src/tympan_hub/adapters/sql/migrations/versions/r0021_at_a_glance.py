"""Which agents need a person, and indexes for what pages tell of many agents at a glance."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_INDEXES = (
    ("agents", ("tenant", "troubled")),
    ("agents", ("tenant", "seen_at", "revoked_at")),
    ("devices", ("tenant", "printer", "reachable", "observed_at", "agent")),
)


def upgrade() -> None:
    """To this revision."""
    op.add_column("agents", sa.Column("troubled", sa.Boolean(), nullable=False, server_default=sa.false()))
    _fill()
    for table, columns in _INDEXES:
        op.create_index(_name(table, columns), table, list(columns), unique=False)


def downgrade() -> None:
    """From this revision."""
    for table, columns in reversed(_INDEXES):
        op.drop_index(_name(table, columns), table)
    op.drop_column("agents", "troubled")


def _name(table: str, columns: tuple[str, ...]) -> str:
    return op.f("_".join(("ix", table, *columns)))


def _fill() -> None:
    """Of every agent there is, whether it told of a problem last."""
    agents = sa.table("agents", sa.column("id"), sa.column("told", sa.JSON()), sa.column("troubled", sa.Boolean()))
    connection = op.get_bind()
    told = connection.execute(sa.select(agents.c.id, agents.c.told)).all()
    for row in told:
        if row.told and row.told.get("problems"):
            connection.execute(agents.update().where(agents.c.id == row.id).values(troubled=True))
