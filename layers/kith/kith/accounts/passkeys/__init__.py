"""Passkeys: credentials of WebAuthn, level 3, and what is verified of them."""
