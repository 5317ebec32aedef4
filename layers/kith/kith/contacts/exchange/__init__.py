"""Pure readers and writers of address book files: vCard, CSV and our own JSON."""
