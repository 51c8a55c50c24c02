"""trio I/O of Tympan: HTTP server and client, IPP client, TLS trust."""
