"""Finds printers on this network by WS-Discovery."""
