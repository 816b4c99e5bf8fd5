"""Public notices (公告): one text, one digest, shown the same everywhere (R-PUB-2, O101).

Who acts: stages publish; nobody edits a published notice, a later one corrects it. Kinds and fields:
财办库〔2020〕50号.
"""
