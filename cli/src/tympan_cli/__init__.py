"""The command tympan: runs the agent and asks it."""
