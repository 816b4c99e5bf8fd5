"""The verbs of a review, by moment: panel, checks, scores, report, decision, failure."""
