"""Contracts (合同): drafted from the template, signed by both sides, published, filed.

Who acts: the clerk completes and issues, the supplier's signatory and the buyer's approver sign,
the clerk publishes and files. Enters from: an announced award. Leaves to: delivery, payments. Terms:
T28 sign ≤ 30 days, T29 publish ≤ 2 working days, T30 file ≤ 7 working days. Legal basis: 政府采购法
art 43–50; 实施条例 art 48–50.
"""
