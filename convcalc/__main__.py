"""``python -m convcalc``: the same as the ``convcalc`` command."""

import sys

from convcalc.cli import main

if __name__ == "__main__":
    sys.exit(main())
