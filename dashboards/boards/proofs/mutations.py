"""Rename each metric and each label of the code in turn and see which test turns red.

The names are changed in what the real service exported and in what its code declares, so the service is run once:
PYTHONPATH=dashboards:service/tests python -m boards.proofs.mutations
"""

import importlib
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from boards.proofs.both_ways import compare, declared, schema_of
from boards.proofs.places import Place, asked
from boards.proofs.schema import Declared, own_labels

# Which test of dashboards/tests/test_both_ways.py looks at which list of a comparison.
TESTS = {
    "missing": "test_what_is_asked_for_exists",
    "unseen_metrics": "test_every_metric_is_asked_for",
    "unseen_labels": "test_every_label_is_asked_for",
    "stale": "test_what_is_excused_is_there_and_unseen",
}
_ENDING = r"(?:_total|_bucket|_count|_sum|_created)?"


class Exports(msgspec.Struct, frozen=True):
    """OpenMetrics texts by process, and the declarations."""

    texts: Mapping[str, str]
    declarations: Sequence[Declared]


class Renaming(msgspec.Struct, frozen=True):
    """Of a metric, or of one label of it."""

    metric: str
    label: str = ""

    def __str__(self) -> str:
        return f"{self.metric} {self.label}".rstrip()


def renamings(exports: Exports) -> list[Renaming]:
    """Every name that the code gives; those of libraries are not ours to change."""
    schema = schema_of(exports.texts, exports.declarations)
    families = sorted(family["name"] for family in exports.declarations)
    pairs = sorted((metric, label) for metric, label in own_labels(schema) if metric in families and label != "le")
    return [*(Renaming(name) for name in families), *(Renaming(metric, label) for metric, label in pairs)]


def renamed(exports: Exports, renaming: Renaming) -> Exports:
    """The same with this one name changed."""
    texts = {process: _in_text(text, renaming) for process, text in exports.texts.items()}
    return Exports(texts, [_in_declaration(family, renaming) for family in exports.declarations])


def red(exports: Exports, chosen: Iterable[Renaming], places: Sequence[Place]) -> dict[Renaming, list[str]]:
    """The names of the tests that were green and are not, for each name when it alone is changed."""
    before = _wrong(exports, places)
    after = {renaming: _wrong(renamed(exports, renaming), places) - before for renaming in chosen}
    return {renaming: sorted({TESTS[name] for name, _ in wrong}) for renaming, wrong in after.items()}


def _wrong(exports: Exports, places: Sequence[Place]) -> set[tuple[str, str]]:
    return compare(schema_of(exports.texts, exports.declarations), places).wrong


def _in_text(text: str, renaming: Renaming) -> str:
    base = re.escape(renaming.metric.removesuffix("_total"))
    if not renaming.label:
        return re.sub(rf"^((?:# \w+ )?{base})(?={_ENDING}[ {{])", r"\1_renamed", text, flags=re.MULTILINE)
    sample = re.compile(rf"^{base}{_ENDING}{{[^}}]*}}", re.MULTILINE)
    label = re.compile(rf'(?<=[{{,]){renaming.label}(?==")')
    return sample.sub(lambda match: label.sub(f"{renaming.label}_renamed", match[0]), text)


def _in_declaration(family: Declared, renaming: Renaming) -> Declared:
    if family["name"] != renaming.metric:
        return family
    if renaming.label:
        labels = {_changed(name, renaming.label): words for name, words in family["labels"].items()}
        return {**family, "labels": labels}
    base = renaming.metric.removesuffix("_total")
    return {**family, "name": f"{base}_renamed{renaming.metric.removeprefix(base)}"}


def _changed(name: str, old: str) -> str:
    return f"{name}_renamed" if name == old else name


def main() -> int:
    """Print who notices each renaming; 1 where one goes unnoticed."""
    exports = Exports(importlib.import_module("exported").exported(), declared())
    noticed = red(exports, renamings(exports), asked())
    for renaming, tests in noticed.items():
        print(f"{renaming!s:70} {', '.join(tests) or 'NOBODY NOTICES'}")
    by_test = Counter(test for tests in noticed.values() for test in tests)
    print(*(f"{count:4} {test}" for test, count in by_test.most_common()), sep="\n")
    seen = sum(bool(tests) for tests in noticed.values())
    labels = sum(bool(renaming.label) for renaming in noticed)
    kinds = f"{len(noticed) - labels} metrics, {labels} labels"
    print(f"{seen} of {len(noticed)} noticed ({kinds}): {seen / len(noticed):.0%}")
    return 0 if seen == len(noticed) else 1


if __name__ == "__main__":
    sys.exit(main())
