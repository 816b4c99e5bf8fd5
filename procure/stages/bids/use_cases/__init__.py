"""The verbs of bids, by moment: drafting, handing in and taking back, opening."""
