"""The pure rules of the procedure.

No Flask, no SQLAlchemy, no input or output: what stands here can be read by a lawyer with a
programmer at hand, and tested in milliseconds.
"""
