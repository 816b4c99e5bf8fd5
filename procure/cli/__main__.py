"""`python -m procure.cli` is the `procure` command."""

import signal
import sys

# Ctrl-C ends a command at once, wherever it stands: raised as an exception it would come out of
# libraries as a traceback, or be taken for an answer by a callback. What was not committed is undone
# by the database; `serve` and `scheduler` have their own way to stop.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from procure.cli.main import main  # noqa: E402  only after that

sys.exit(main())
