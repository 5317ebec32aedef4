"""Account flows: sign-up, login, verification, password and e-mail changes, unsubscribe."""
