"""Prints over a raw socket."""
