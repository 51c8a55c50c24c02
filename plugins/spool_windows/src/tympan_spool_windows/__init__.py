"""Installs, removes, lists and watches queues of Windows, and prints on them."""
