"""The browser's side: forms, fields, words, error pages and what layouts and macros are fed with.

It knows the kernel's types and nothing of the procedure's tables or stages: a page hands it plain
values and gets words, markup or a parsed command's values back.
"""
