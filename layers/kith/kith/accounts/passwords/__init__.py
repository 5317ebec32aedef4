"""Passwords: which are acceptable, and how they are hashed."""
