"""Keeps the agent and its plugins up to date: fetched, verified, tried, switched to, and come back from."""
