"""Verbs of tenders: write the document, publish it, hand it out, end the purchase."""
