"""A Django database engine: PostgreSQL, with one clear sentence when the server is out of reach."""
