"""Sessions: started by a login, refreshed, revoked, cached, and looked up by the authorizer."""
