"""Who may come in: users and tokens of a file, log-ins, sessions, the proof that a form is ours."""
