"""vCard 2.1, 3.0 and 4.0: reader and writer."""
