"""Tokens: JWT access tokens, refresh tokens, one-time tokens, and the keys that sign."""
