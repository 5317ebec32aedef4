"""Personal access tokens: keys for programs, with scopes, made and revoked by their user."""
