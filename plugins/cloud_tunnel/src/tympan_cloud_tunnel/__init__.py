"""The cloud tunnel on the agent: sends jobs sealed through the hub, and prints what comes through it."""
