"""Columns that many tables have."""

from typing import Final

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, String

SOUGHT: Final = {"sought": True}
"""Marks a column by which the directory finds whose a row is, though it is not unique by itself."""

WORD = String(63)
ID = String(32)
HASH = String(64)
NAME = String(254)


def tenant() -> Column[str]:
    """The column of whose a row is."""
    return Column("tenant", WORD, ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False)


def of(table: str, column: str) -> ForeignKeyConstraint:
    """A reference to a row of the same tenant."""
    return ForeignKeyConstraint(["tenant", column], [f"{table}.tenant", f"{table}.id"], ondelete="CASCADE")


def same_tenant(tenant: str, named: str) -> None:
    """Raises ``ValueError`` for a value of one tenant about to be kept under another: a mistake of ours."""
    if tenant != named:
        raise ValueError(f"a value of {named!r} cannot be kept under {tenant!r}")
