"""The command: PYTHONPATH=manifests:manifests/tests:policies python -m adopting."""

import sys

from adopting.command import main

sys.exit(main())
