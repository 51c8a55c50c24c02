"""The command ``tympan-hub``."""
