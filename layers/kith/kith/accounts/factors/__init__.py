"""Second factors: one-time passwords by time (TOTP), recovery codes, and their challenges."""
