"""`python -m gleaner`."""

import sys

from gleaner.cli import main

if __name__ == "__main__":
    sys.exit(main())
