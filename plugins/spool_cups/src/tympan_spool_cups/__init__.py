"""Installs, removes, lists and watches queues of CUPS."""
