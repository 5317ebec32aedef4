"""The cellar's post room: letters wait in the outbox and leave through SES."""
