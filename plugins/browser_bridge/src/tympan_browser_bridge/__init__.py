"""What the hub's portal page may ask of the agent on the same machine."""
