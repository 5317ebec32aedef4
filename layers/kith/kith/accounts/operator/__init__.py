"""What operators do to accounts, by a function that only IAM can invoke."""
