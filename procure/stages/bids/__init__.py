"""Bids (投标): sealed, receipted, replaced or withdrawn before the deadline, opened at it.

Who acts: suppliers, each alone; the clerk opens at the deadline, once all that was received by then
is stored. Enters from: a published tender. Leaves to: awards. Terms: T17 opening at the deadline.
Legal basis: 财政部令第87号 art 33, 34, 39–42; 电子招标投标办法 art 26–31. What a rival must not know
before opening they cannot infer.
"""
