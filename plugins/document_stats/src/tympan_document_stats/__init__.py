"""Reads pages, sizes, colour and sides from documents."""
