"""For whom printers are: those there are stay everybody's."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_WORD, _ID = 63, 32


def upgrade() -> None:
    """To this revision."""
    op.add_column("printers", sa.Column("everybody", sa.Boolean(), nullable=False, server_default=sa.true()))
    _given_to("printer_people", "person", _ID, "people")
    _given_to("printer_groups", "group", _WORD, "groups")


def downgrade() -> None:
    """From this revision."""
    op.drop_table("printer_groups")
    op.drop_table("printer_people")
    op.drop_column("printers", "everybody")


def _given_to(table: str, column: str, chars: int, others: str) -> None:
    op.create_table(
        table,
        sa.Column("tenant", sa.String(length=_WORD), nullable=False),
        sa.Column("printer", sa.String(length=_WORD), nullable=False),
        sa.Column(column, sa.String(length=chars), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "printer", column, name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_tenants"), ondelete="CASCADE"
        ),
        _of(table, "printer", "printers"),
        _of(table, column, others),
    )
    op.create_index(f"ix_{table}_tenant_{column}", table, ["tenant", column])


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", column],
        [f"{other}.tenant", f"{other}.id"],
        name=op.f(f"fk_{table}_tenant_{column}_{other}"),
        ondelete="CASCADE",
    )
