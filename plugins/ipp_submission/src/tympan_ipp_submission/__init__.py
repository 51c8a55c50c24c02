"""Delivers jobs to devices over IPP and IPPS."""
