"""Finds IPP devices in address ranges an administrator orders."""
