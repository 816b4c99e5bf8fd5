"""People, organisations, roles and sign-in sessions (账户与机构).

Who acts: the system administrator opens accounts and asks for roles, the security administrator
grants them, the audit administrator reads the log; nobody holds two of these (三员分立,
GB/T 22239-2019 8.1.5). Enters from: nothing. Leaves to: every stage, as `Actor`.
"""
