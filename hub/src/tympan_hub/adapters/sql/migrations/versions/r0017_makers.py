"""Who made invitations and enrolment tokens, so that both end with them; and tokens that may make administrators."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ID = 32
_MADE = ("invitations", "enrolments")
_ROW_OF = {"invitations": ("tenant", "id"), "enrolments": ("tenant", "hash")}


def upgrade() -> None:
    """To this revision."""
    for table in _MADE:
        op.add_column(table, sa.Column("maker", sa.String(length=_ID), nullable=True))
        _fill(table)
    op.add_column("enrolments", sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
    flag: sa.Column[bool] = sa.Column("makes_administrators", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("api_tokens", flag)


def downgrade() -> None:
    """From this revision."""
    op.drop_column("api_tokens", "makes_administrators")
    op.drop_column("enrolments", "revoked_at")
    for table in _MADE:
        op.drop_column(table, "maker")


def _fill(name: str) -> None:
    """Finds the makers of those there are: what was kept is their address, with a token's beginning after a space."""
    connection, keys = op.get_bind(), _ROW_OF[name]
    people = sa.table("people", sa.column("id"), sa.column("email"))
    by_email = {row.email: row.id for row in connection.execute(sa.select(people.c.id, people.c.email))}
    table = sa.table(name, *map(sa.column, (*keys, "made_by", "maker")))
    for row in connection.execute(sa.select(table)).all():
        maker = by_email.get(row.made_by.partition(" ")[0])
        this_one = [table.c[key] == getattr(row, key) for key in keys]
        if maker is not None:
            connection.execute(table.update().where(*this_one).values(maker=maker))
