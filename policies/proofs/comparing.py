"""Every attempt that can be made offline, by kyverno's own program, held against the evaluator."""

import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from proofs import program, reporting
from proofs.attempts import Attempt, good, of_folder
from proofs.checking import VALIDATING, complaints, readable, rules_of, verdicts
from proofs.folders import Folder, Object
from proofs.judging import Verdict

_STARTS = 2  # at a time
_MOST = 60  # attempts of one start: the program compiles every rule anew for each


@dataclass(frozen=True)
class Batch:
    """What one start of the program is asked."""

    attempts: list[Attempt]
    policies: list[Object]
    about: list[Folder]


def left_out(attempts: Iterable[Attempt]) -> str:
    """What the program cannot be asked, in a sentence for the summary."""
    missing = [attempt for attempt in attempts if not attempt.offline]
    updates = sum(not attempt.subresource for attempt in missing)
    return (
        f"{len(missing)} attempts by the evaluator only: kyverno's program knows no subresource "
        f"({len(missing) - updates}) and no old object of an update or deletion ({updates})"
    )


def batches(picked: list[Folder], *, product: list[Folder] | None = None) -> Iterator[Batch]:
    """The cases of each folder for the policies of that folder (or of `product`), and the good objects for all.

    The program needs some 20 ms for each object and policy, so the whole product takes a quarter of an hour.
    """
    for folder in picked:
        yield from _cut(of_folder(folder), product or [folder])
    yield from _cut(good(), picked)


def sample(picked: list[Folder]) -> Batch:
    """One start for every policy: of each folder one attempt, of another kind each time, and some good objects."""
    attempts = [each for each in good() if each.object["kind"] in {"Pod", "CronJob"}]
    for number, folder in enumerate(picked):
        possible = [each for each in of_folder(folder) if each.offline]
        attempts += possible[number % len(possible) :][:1] if possible else []
    return Batch(attempts, _validating(picked), picked)


def _cut(attempts: Iterable[Attempt], about: list[Folder]) -> Iterator[Batch]:
    policies, some = _validating(about), [each for each in attempts if each.offline]
    size = max(3, _MOST // max(1, len(policies)))
    for start in range(0, len(some) if policies else 0, size):
        yield Batch(some[start : start + size], policies, about)


def _validating(some: list[Folder]) -> list[Object]:
    return [each for folder in some for each in folder.policies if each["kind"] == VALIDATING]


def asked(batch: Batch) -> Iterator[tuple[Attempt, list[str]]]:
    """Each attempt, with what is wrong about the program's verdicts: by themselves, or against the evaluator's."""
    rules = rules_of(batch.about)
    found = program.verdicts(batch.attempts, batch.policies)
    for attempt in batch.attempts:
        ours, theirs = verdicts(attempt, rules), found[attempt.id]
        yield attempt, [*complaints(attempt, theirs), *differences(ours, theirs)]


def differences(ours: dict[str, Verdict], theirs: dict[str, Verdict]) -> list[str]:
    """Where kyverno and the evaluator differ: whether a policy is concerned, what it says, and by which validation."""
    both = {name: (ours.get(name), theirs.get(name)) for name in sorted({*ours, *theirs})}
    return [
        f"{name}: {_said(one)} by the evaluator, {_said(two)} by kyverno"
        for name, (one, two) in both.items()
        if _said(one) != _said(two)
    ]


def _said(verdict: Verdict | None) -> str:
    if verdict is None or verdict.result == "skip":
        return "not concerned"
    return f"{verdict.result} {verdict.index}" if verdict.result == "fail" else verdict.result


def kyverno(chosen: list[str], *, product: bool, junit: Path | None) -> int:
    """Ask the program, print what is wrong, and write it for machines; 0 when nothing is."""
    found, unreadable = readable()
    picked = [folder for folder in found if not chosen or folder.name in chosen]
    with ThreadPoolExecutor(_STARTS) as pool:
        work = pool.map(_all, batches(picked, product=found if product else None))
        done = list(itertools.chain.from_iterable(work))
    for attempt, wrong in done:
        for complaint in wrong:
            print(f"{attempt.id}: {complaint}")
    if junit:
        junit.write_text(reporting.junit("policies", [(attempt.id, wrong) for attempt, wrong in done]))
    failed = sum(bool(wrong) for _, wrong in done)
    print(f"{len(done)} attempts asked, {failed} not as they have to be; {len(picked)} folders")
    print(left_out(each for folder in picked for each in of_folder(folder)))
    return min(failed + unreadable, 1)


def _all(batch: Batch) -> list[tuple[Attempt, list[str]]]:
    return list(asked(batch))
