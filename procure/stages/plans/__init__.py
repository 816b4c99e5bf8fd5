"""Plan and demand (采购计划与需求): who asks for what, with what money, approved by a second person.

Who acts: the clerk drafts, the approver (another person) approves, the clerk publishes the
intention. Enters from: a catalogue item and a budget line. Leaves to: tenders. Terms: T01 intention
≥ 30 days before the activity (财库〔2020〕10号). Legal basis: 政府采购法 art 33; 实施条例 art 29;
政府购买服务管理办法 art 10, 24.
"""
