"""PostgreSQL: the engine, the driver, transactions, and the metadata of all tables."""
