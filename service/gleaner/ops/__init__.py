"""The port for whoever operates a process: probes now, metrics later. Knows nothing of the web or of what it probes."""
