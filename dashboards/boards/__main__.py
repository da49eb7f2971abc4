"""Regenerate `dashboards/generated`: PYTHONPATH=dashboards python -m boards."""

from boards.write import GENERATED, write

for path in write():
    print(f"changed: {GENERATED / path}")
