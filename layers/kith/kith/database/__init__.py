"""The cellar where the truth is kept: the engine, transactions, and the metadata of all tables."""
