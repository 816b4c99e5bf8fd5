"""Reminders (提醒): duties derived from data, a unique outbox, inbox and mail, escalation.

Who acts: the scheduler's tick; a reminder is never lost and never doubled, because it is a row with
a unique key and the tick only asks which rows are missing.
"""
