"""Pull printing on the agent: holds jobs sealed, and releases them where their owner stands."""
