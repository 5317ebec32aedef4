"""Imports of files: what they did to the address book, how it is undone, and big ones as jobs."""
