"""Payments (支付): a request per instalment, gated by the contract, paid by level from the treasury.

Who acts: the supplier asks, the clerk checks, the approver (another person) approves, the treasurer
pays each level's share. Enters from: signing, evaluation, acceptance — whatever the contract names.
Leaves to: the fund trail. Terms: T56, T57. Legal basis: 政府采购法实施条例 art 51; 预算法 art 57, 61;
保障中小企业款项支付条例 art 8–9, 13.
"""
