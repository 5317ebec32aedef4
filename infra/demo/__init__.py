"""`make demo`: a believable address book in the local cloud, with a printed login."""
