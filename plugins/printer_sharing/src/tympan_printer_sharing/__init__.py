"""Shares queues of this machine through the hub, and prints the jobs sent to them."""
