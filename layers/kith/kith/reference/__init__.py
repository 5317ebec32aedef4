"""The reference: one OpenAPI document over all doors, and two ways to read it."""
