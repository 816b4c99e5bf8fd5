"""What a command's exit status says; `procure --help` tells it in words."""

DONE = 0
REFUSED = 1
"""The answer is no, or what was given was refused."""
USAGE = 2
"""The command was not asked as it wants to be asked."""
