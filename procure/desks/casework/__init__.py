"""The case page: one page per project, the same for every reader, with what each may see.

Who acts: everybody who belongs to a case, and visitors once it is public. It gathers a panel from
every stage and shows the next step of whoever is looking.
"""
