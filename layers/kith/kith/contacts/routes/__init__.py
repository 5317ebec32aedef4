"""The routes of the contacts room, a module for each thing that is asked about."""
