"""What is known of a person beside names, addresses, numbers and birthday."""
