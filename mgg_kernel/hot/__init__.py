"""The hot store: PostgreSQL, and everything the workspace asks of it."""
