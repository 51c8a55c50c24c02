"""Every number of the hub, with its unit and why: a file for each thing they bound."""
