"""From an HTTP API to records in the store: session, auth, pages, records, cursor."""
