"""Releases held jobs for phones in the agent's own network, also while the hub is away."""
