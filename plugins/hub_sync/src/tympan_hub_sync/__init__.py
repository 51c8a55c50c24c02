"""Brings what the hub wants to this agent, and tells the hub what became of it."""
