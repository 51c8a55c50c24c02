"""The kernel of the Tympan print agent and its public plugin API."""
