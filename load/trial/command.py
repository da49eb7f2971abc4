"""`./task load -- --target staging --shape steady`: load it, judge it, say so.

Exit codes: 0 passed, 1 a limit is broken, 2 the call cannot be done, 3 the trial says nothing.
"""

import argparse
import platform
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.table import Table

from trial import annotate, report
from trial.account import Account, read_account
from trial.judge import Verdict, judge, within_limits
from trial.options import check, parser
from trial.result import Change, Result, Stage, changes, keep, last
from trial.server import Judged, server_view
from trial.shapes import SHAPES, Shape, shortened
from trial.targets import Refused, Target, disturbed, find_target, moved

if TYPE_CHECKING:
    from trial.generator import Crew
    from trial.run import Trial


class Order(msgspec.Struct, frozen=True):
    """What was asked for, looked up."""

    name: str
    target: Target
    account: Account
    shape_name: str
    shape: Shape
    disturbed: str = ""

    @property
    def loads(self) -> str:
        """What all processes of a trial must agree on."""
        kinds = sorted(kind for kind, weight in self.target.users.items() if weight)
        return f"{self.name} at {self.target.address} as {', '.join(kinds)}"


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    console = Console(stderr=True)
    after = "\r" if console.is_terminal else "\n"
    try:
        check(options)
        order = _order(options)
        if options.worker:
            _work(order, options.worker)
            return 0
        console.print(f"{order.name} at {order.target.address}: {order.shape.what}")
        result = _tried(order, _crew(order, options), lambda line: console.print(line, end=after))
    except Refused as refused:
        console.print(f"load: {refused}")
        return 2
    changed = list(changes(last(result, options.results), result))
    _write(result, changed, options.results)
    _show(result, changed, Console())
    if options.line:
        print(report.as_line(result))
    return result.verdict.exit_code


def _order(options: argparse.Namespace) -> Order:
    target = find_target(options.target, confirmed=options.confirm, file=options.limits)
    account = read_account(target, options.secrets or Path(target.secrets))
    if address := options.address or account.address:
        target = moved(options.target, address, options.limits)
    if options.disturbed:
        target = disturbed(options.target, target, options.disturbed)
    shape = shortened(SHAPES[options.shape](), options.time_factor)
    return Order(options.target, target, account, options.shape, shape, options.disturbed)


def _work(order: Order, master: tuple[str, int]) -> None:
    from trial.worker import Worker  # as below

    Worker(order.target, order.account, order.loads).work(master)


def _crew(order: Order, options: argparse.Namespace) -> "Crew":
    from trial.generator import Alone  # as below
    from trial.workers import Workers, command

    if options.workers:
        return Workers(options.workers, order.loads, command=command(options))
    if options.expect_workers:
        return Workers(options.expect_workers, order.loads, options.bind)
    return Alone(order.target, order.account)


def _tried(order: Order, crew: "Crew", tell: Callable[[str], None]) -> Result:
    from trial.run import Trial  # needs Locust, which the rest does without

    target, shape = order.target, order.shape
    trial = Trial(target, order.account, shape, crew)
    began = datetime.now(UTC)
    with annotate.marked(order.account, f"load: {order.name}, {order.shape_name}"):
        trial.go(tell)
    spans = [(start, end) for _, start, end in trial.spans()]
    stages = list(_stages(trial, target)) if shape.knee else []
    if shape.knee:  # the steps beyond the knee are the question, not the promise
        spans = [span for span, stage in zip(spans, stages, strict=True) if stage.holds] or spans[:1]
    figures, together = trial.samples.between(spans), trial.samples.together(spans)
    start, end = (spans[0][0], spans[-1][1]) if spans else (0.0, 0.0)
    judged = Judged(trial.clock + start, trial.clock + end, trial.how.lasted)
    findings, silence = server_view(target, order.account, judged)
    verdict: Verdict = judge(target, figures, together, trial.how, findings)
    holding = [stage.rate for stage in stages if stage.holds]
    return Result(
        target=order.name,
        shape=order.shape_name,
        began=began.isoformat(timespec="seconds"),
        verdict=verdict,
        how=trial.how,
        figures=figures,
        together=together,
        errors=[(*key, times) for key, times in trial.samples.errors.most_common(20)],
        server=silence,
        stages=stages,
        knee=(max(holding, default=0.0) if shape.knee else None),
        disturbed=order.disturbed,
        timeline=trial.samples.timeline(),
        machine=f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
    )


def _stages(trial: "Trial", target: Target) -> Iterator[Stage]:
    """Up to the first that does not hold: what held by luck beyond it is no promise."""
    holds = True
    for _, start, end in trial.spans():
        figures, together = trial.samples.between([(start, end)]), trial.samples.together([(start, end)])
        holds = holds and together is not None and within_limits(target, figures)
        yield Stage(together.rate if together else 0.0, holds, figures)


def _write(result: Result, changed: list[Change], folder: Path) -> None:
    file = keep(result, folder)
    for ending, text in (
        (".md", report.as_markdown(result, changed)),
        (".html", report.as_html(result, changed)),
        (".xml", report.as_junit(result)),
    ):
        file.with_suffix(ending).write_text(text, encoding="utf-8")


def _show(result: Result, changed: list[Change], console: Console) -> None:
    for title, (head, *rows) in report.tables(result, changed):
        table = Table(*head, title=title, title_justify="left")
        for row in rows:
            table.add_row(*row, style="red" if "BROKEN" in row else "")
        console.print(table)
    for note in report.notes(result):
        console.print(f"- {note}")
    console.print(report.headline(result))
