"""The loopback listener of the Tympan agent; mounts what other plugins contribute."""
