"""The public portal (门户): notices, search, checkpoints of the trail, read-only data for machines.

Who acts: anybody, without signing in. Legal basis: 政府采购信息发布管理办法 (财政部令第101号).
"""
