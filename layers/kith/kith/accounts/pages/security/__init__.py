"""The page at which people manage their second factors and passkeys."""
