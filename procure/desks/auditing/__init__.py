"""The auditor's desk (审计): project time line, fund trail, audit package, verification.

Who acts: the auditor, who reads everything and changes nothing; each export is itself on record.
Legal basis: 审计法 art 34–36; 政府采购法 art 42, 68.
"""
