"""`python -m procure.cli` is the `procure` command."""

import sys

from procure.cli.main import main

sys.exit(main())
