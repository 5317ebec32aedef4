"""Reminders: planner, composer, history."""
