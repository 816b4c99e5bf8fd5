"""Verbs of payments: ask, return, put right, check, approve, pay level by level."""
