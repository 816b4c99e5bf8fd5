"""Money (资金): budget lines, shares by level, and an append-only double-entry ledger.

Who acts: the budget officer registers lines; stages reserve, commit and pay through `post_entry`.
The database itself refuses an entry that does not balance or that overdraws a guarded account.
Legal basis: 预算法 art 13, 57, 61; 政府采购法 art 6.
"""
