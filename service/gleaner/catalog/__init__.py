"""What the operator declares: sources, reports and schedules, read from YAML and checked."""
