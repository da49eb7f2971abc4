"""`./task mutations-live`: takes protections away on a cluster that is up, one at a time, and sees who notices.

It makes the cluster of `./task e2e` or uses it again, and leaves it up. The exit status is 0 when every mutation was
caught, and everything passed without one.
"""

import subprocess
import sys
import time

from harness.mutations import MUTATIONS
from harness.places import E2E

_COMMAND = (sys.executable, "-m", "pytest", str(E2E), "--keep-cluster")


def main() -> int:
    wanted = sys.argv[1:] or list(MUTATIONS)
    tests = " or ".join(dict.fromkeys(f"({MUTATIONS[name].test})" for name in wanted))
    if not _passes("none", tests, afresh=True):
        sys.stdout.write("not caught, not tried: the tests fail without any mutation\n")
        return 1
    caught = [name for name in wanted if not _passes(name, MUTATIONS[name].test)]
    _passes("none", "test_who_may_connect_does_and_nobody_else")  # everything is put back
    sys.stdout.write(f"{len(caught)} of {len(wanted)} mutations were caught\n")
    return 0 if caught == wanted else 1


def _passes(name: str, test: str, *, afresh: bool = False) -> bool:
    """Whether the test passes with this mutation of what is deployed, or of a deployment that is made anew."""
    began = time.monotonic()
    how = () if afresh else ("--keep-deployment", f"--mutation={name}")
    done = subprocess.run((*_COMMAND, *how, "-k", test), capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stdout[-2000:] + done.stderr[-2000:]
    what = "passed" if done.returncode == 0 else "failed"
    sys.stdout.write(f"{name:32} {what} in {time.monotonic() - began:4.0f} s: {test[:90]}\n")
    sys.stdout.flush()
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
