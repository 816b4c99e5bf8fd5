"""Pages of bids: the supplier's own, and the opening."""
