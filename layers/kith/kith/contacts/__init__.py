"""Contacts: one owner's address book."""
