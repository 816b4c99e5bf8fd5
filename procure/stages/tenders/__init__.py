"""Tender document and notice (采购文件与公告).

Who acts: the clerk drafts, the approver (another person) publishes; suppliers fetch the document.
Enters from: a plan whose intention was public long enough. Leaves to: bids, awards. Terms: T02–T04
(open tender), T08–T10 (consultation). Legal basis: 政府采购法 art 35; 实施条例 art 15, 30, 31, 34;
财政部令第87号; 财库〔2014〕214号.
"""
