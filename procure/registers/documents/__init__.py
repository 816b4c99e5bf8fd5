"""Papers (文件): rendered PDFs with template and data, uploads, sealed envelopes, all by digest.

Who acts: stages file papers; whoever may see the case downloads them. A paper is stored once with
its SHA-256 and never rendered or changed again (政府采购法 art 42: kept 15 years at least).
"""
