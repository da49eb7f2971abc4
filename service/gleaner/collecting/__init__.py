"""An HTTP API -> records: session, authentication, pages, cursor."""
