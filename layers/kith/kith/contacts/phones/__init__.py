"""Phone numbers of a contact: parsing, the list, and its routes."""
