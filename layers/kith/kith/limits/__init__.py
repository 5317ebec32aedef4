"""Rate limits: fixed windows, counted in Redis and Postgres."""
