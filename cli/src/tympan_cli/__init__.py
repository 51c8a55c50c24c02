"""The command ``tympan``: runs the agent in the foreground, and asks the one that runs."""
