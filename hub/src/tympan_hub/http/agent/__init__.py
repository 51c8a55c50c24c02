"""The API of agents: each operation reads a message, asks a service, and writes the answer."""

from tympan_hub.http.agent.routes import agent_routes

__all__ = ["agent_routes"]
