"""Fields that take what people type and give what the procedure means.

Every field is required unless it says `optional=True`. What cannot be read stays on the page as it
was typed, with a message that says what is wrong and how to write it.
"""
