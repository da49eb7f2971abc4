"""The command: PYTHONPATH=manifests:policies python -m adopting."""

import sys

from adopting.command import main

sys.exit(main())
