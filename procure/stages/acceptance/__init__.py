"""Acceptance (履约验收): item by item, with the recipients' opinion, certified and published.

Who acts: the accepter (never who signed the contract), recipients through one-time slips, the clerk
publishes. Enters from: a confirmed final evaluation. Leaves to: payments. Legal basis: 政府采购法
art 41, 61; 实施条例 art 45 (served people are heard, the result is published).
"""
