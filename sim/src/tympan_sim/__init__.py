"""Virtual IPP printers with faults to order, for demo, tests and benchmarks."""
