"""`python -m trial`. Locust's users are gevent's: the standard library is patched before anything else loads it."""

import sys

from gevent import monkey

monkey.patch_all()

from trial.command import main  # noqa: E402 - after the patch
from trial.names import know_local_names  # noqa: E402 - as above

know_local_names()
sys.exit(main())
