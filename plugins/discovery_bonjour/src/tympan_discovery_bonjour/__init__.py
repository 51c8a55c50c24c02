"""Finds devices by Bonjour."""
