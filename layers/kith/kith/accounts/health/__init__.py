"""Health checks, readiness and the public keys."""
