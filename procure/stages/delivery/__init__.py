"""Delivery (履约): recipients, staff, service records, milestones.

Who acts: the supplier records and reports, the clerk checks. Enters from: a signed contract. Leaves
to: evaluation, acceptance, payments. Terms: milestones of the contract. Legal basis: 政府购买服务管理办法
art 21–23.
"""
