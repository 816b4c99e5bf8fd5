"""Procurement projects (采购项目) and their lots (采购包): the spine every stage hangs on.

Who acts: nobody directly; stages open a project, add parties to it and move it on. Enters from:
an approved budget line. Leaves to: every stage, by `project_id`.
"""
