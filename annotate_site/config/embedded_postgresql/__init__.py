"""A Django database engine: PostgreSQL from a wheel, started on the first connection."""
