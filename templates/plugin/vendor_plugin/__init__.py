"""Says hello when a job is done. Nothing but this sentence belongs here: it runs at every import."""
