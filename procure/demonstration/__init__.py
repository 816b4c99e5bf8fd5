"""The demonstration: stories walked through the same use cases as the pages, under a movable clock.

Exists in mode `demo` only; a production start refuses it.
"""
