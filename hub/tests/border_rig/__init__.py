"""A tenant with one of everything: a row in every table, and what each argument of a port's method is of it."""

from border_rig._estate import Estate, new_estate

__all__ = ["Estate", "new_estate"]
