"""Virtual IPP Everywhere printers for the operating system spooler."""
