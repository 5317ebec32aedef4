"""Tags of an address book: counted, renamed, removed."""
