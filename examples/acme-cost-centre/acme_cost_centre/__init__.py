"""Asks which cost centre pays for a job."""
