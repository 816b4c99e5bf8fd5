"""Verbs of evaluations: schedule, assign, declare, draw a sample, score, submit, return, confirm."""
