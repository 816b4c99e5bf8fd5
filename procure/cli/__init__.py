"""The `procure` command. Answers for machines go to standard output as UTF-8 JSON, words for people
to standard error; exit status 0 done, 1 the answer is no, 2 wrong usage.
"""
