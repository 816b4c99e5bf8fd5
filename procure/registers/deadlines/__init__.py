"""Running terms (期限): which rule, from when, due when, met when.

Who acts: stages start and meet terms; the tick marks what became overdue, but no gate ever trusts
the tick. Legal basis: `kernel/statute.py`; a running case keeps the due date it was given.
"""
