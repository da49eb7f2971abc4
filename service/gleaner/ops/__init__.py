"""The port for whoever operates a process: probes and metrics. Knows nothing of the web or of what it probes."""
