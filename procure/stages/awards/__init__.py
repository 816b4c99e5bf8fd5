"""Review and award (评审定标): a drawn panel checks and scores, the buyer decides and announces.

Who acts: the clerk draws the panel and checks qualification, experts score alone and sign, the
approver decides, the clerk announces. Enters from: opened bids. Leaves to: contracts. Terms: T16,
T19–T23, T28. Legal basis: 政府采购法实施条例 art 9, 39–44; 财政部令第87号 art 44–69; 财库〔2014〕214号
art 14, 24–29.
"""
