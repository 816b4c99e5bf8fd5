"""Verbs of acceptance: open, hear recipients, look at items, decide, announce."""
