"""The mail door: letters come in by LMTP (RFC 2033) from the operator's own mail server, and from nobody else."""
