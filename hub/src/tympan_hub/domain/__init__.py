"""Values and pure rules of the hub. Knows no storage, no HTTP, no clock."""
