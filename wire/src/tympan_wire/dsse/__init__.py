"""Signed envelopes: DSSE (secure-systems-lab DSSE 1.0) under Ed25519 (RFC 8032). Pure."""

from tympan_wire.dsse._envelope import BadEnvelope, Kind, Signed, key_id, pre_authentication

__all__ = ["BadEnvelope", "Kind", "Signed", "key_id", "pre_authentication"]
