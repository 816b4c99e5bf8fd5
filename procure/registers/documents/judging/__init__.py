"""What an upload really is, judged by its structure in a process of its own.

A file from outside is never parsed by the server itself: `child` runs one judge, with limits of
time and memory, on one file, and ends. The judges (pdf, photo, office, invoice) are plain functions
of bytes. They answer with a judgement, or refuse with what is wrong and what to do; the words leave
out the file's name, which the caller puts in front.
"""
