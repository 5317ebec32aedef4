"""Changes of an address book since a moment, for clients that keep a copy."""
