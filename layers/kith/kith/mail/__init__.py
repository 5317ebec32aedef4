"""Mail: letters wait in the outbox, a queue hands them to the sender, and SES sends them."""
