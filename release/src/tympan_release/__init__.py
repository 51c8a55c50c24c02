"""Makes the signed repository that agents and their plugins are updated from."""
