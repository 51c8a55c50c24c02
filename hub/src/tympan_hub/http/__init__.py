"""The hub over HTTP: the agents' API and the portal. Thin: it reads, asks a service, and writes."""
