"""Relations between two contacts of an owner."""
