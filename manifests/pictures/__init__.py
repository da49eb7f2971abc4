"""Pictures of the architecture, drawn from what is rendered: docs/images/connections.svg and workloads.svg."""
