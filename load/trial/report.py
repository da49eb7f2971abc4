"""A result for people and for pipelines: Markdown, HTML, JUnit, JSON; the terminal shows the Markdown's tables."""

import html
import math
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

import msgspec

from trial.judge import Finding
from trial.result import Change, Result

Row = Sequence[str]
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; color-scheme: light dark }
table { border-collapse: collapse; margin: 1rem 0 }
td, th { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #8884 }
td:first-child, th:first-child { text-align: left }
.bad { color: #c22 }
"""


def headline(result: Result) -> str:
    """One sentence."""
    broken = sum(not finding.holds for finding in result.verdict.findings)
    rate = f", {result.together.rate:.1f} requests/s" if result.together else ""
    knee = f", knee at {result.knee:.1f} requests/s" if result.knee is not None else ""
    limits = f"{broken} of {len(result.verdict.findings)} limits broken"
    disturbed = f", disturbed ({result.disturbed})" if result.disturbed else ""
    return f"{result.target}, {result.shape}{disturbed}: {result.verdict.outcome} ({limits}{rate}{knee})"


def tables(result: Result, changed: Sequence[Change]) -> Iterator[tuple[str, list[Row]]]:
    """Title and rows, the first of them the head; empty tables are left out."""
    heads: list[tuple[str, Row, list[Row]]] = [
        (
            "Limits",
            ("endpoint", "limit", "allowed", "measured", ""),
            [_finding(each) for each in result.verdict.findings],
        ),
        (
            "Endpoints",
            ("endpoint", "requests", "failed", "p50 ms", "p95 ms", "p99 ms", "longest ms"),
            list(_endpoints(result)),
        ),
        (
            "Steps",
            ("requests/s", "holds"),
            [(f"{stage.rate:.1f}", "yes" if stage.holds else "no") for stage in result.stages],
        ),
        (
            "Since the last time (p95)",
            ("endpoint", "before ms", "now ms", "change", ""),
            [_change(each) for each in changed],
        ),
        (
            "Outages",
            ("from second", "seconds", "failures"),
            [(f"{each.start:.1f}", f"{each.seconds:.1f}", str(each.failures)) for each in result.how.outages],
        ),
        ("Errors", ("endpoint", "error", "times"), [(name, error, str(times)) for name, error, times in result.errors]),
    ]
    for title, head, rows in heads:
        if rows:
            yield title, [head, *rows]


def notes(result: Result) -> list[str]:
    """What a reader must know besides."""
    how = result.how
    which = f"the busiest of {how.workers} workers" if how.workers else "generator"
    went = f"{how.lasted:.0f} s, tasks late by {how.behind:.0f} ms (p99), {which} at {how.busy:.0%} of a core"
    return [*result.verdict.reasons, *([result.server] if result.server else []), went, result.machine]


def as_markdown(result: Result, changed: Sequence[Change]) -> str:
    parts = [f"# {headline(result)}", "\n".join(f"- {note}" for note in notes(result) if note)]
    for title, (head, *rows) in tables(result, changed):
        lines = [head, ["---"] * len(head), *rows]
        parts.append(f"## {title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(parts) + "\n"


def as_html(result: Result, changed: Sequence[Change]) -> str:
    said = "".join(f"<li>{html.escape(note)}</li>" for note in notes(result) if note)
    body = [f"<h1>{html.escape(headline(result))}</h1><p>{html.escape(result.began)}</p><ul>{said}</ul>"]
    for title, (head, *rows) in tables(result, changed):
        body.append(f"<h2>{html.escape(title)}</h2><table><thead>{_row(head, 'th')}</thead>")
        body.append(f"<tbody>{''.join(_row(row, 'td') for row in rows)}</tbody></table>")
    head = f'<meta charset="utf-8"><title>{html.escape(headline(result))}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>\n'


def as_junit(result: Result) -> str:
    """One case a limit, and one for the trial itself."""
    broken = [finding for finding in result.verdict.findings if not finding.holds]
    doubtful = bool(result.verdict.reasons)
    suite = ET.Element(
        "testsuite",
        name=".".join(filter(None, ("load", result.target, result.shape, result.disturbed))),
        tests=str(len(result.verdict.findings) + 1),
        failures=str(len(broken)),
        errors=str(int(doubtful)),
        time=f"{result.how.lasted:.1f}",
    )
    for finding in result.verdict.findings:
        case = ET.SubElement(suite, "testcase", classname=finding.endpoint, name=finding.limit)
        if not finding.holds:
            ET.SubElement(case, "failure", message=f"{finding.measured:g}, allowed {finding.allowed:g}")
    case = ET.SubElement(suite, "testcase", classname="trial", name="is valid")
    if doubtful:
        ET.SubElement(case, "error", message="; ".join(result.verdict.reasons))
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def as_line(result: Result) -> str:
    """One line of JSON for a log: the verdict, and what it is from."""
    broken = [finding for finding in result.verdict.findings if not finding.holds]
    said = {
        "event": "load",
        "target": result.target,
        "shape": result.shape,
        "disturbed": result.disturbed,
        "outcome": result.verdict.outcome,
        "exit_code": result.verdict.exit_code,
        "limits": len(result.verdict.findings),
        "broken": broken,
        "reasons": result.verdict.reasons,
        "together": result.together,
        "workers": result.how.workers,
    }
    return msgspec.json.encode(said).decode()


def _finding(finding: Finding) -> Row:
    return (
        finding.endpoint,
        finding.limit,
        f"{finding.allowed:g}",
        f"{finding.measured:g}",
        "" if finding.holds else "BROKEN",
    )


def _endpoints(result: Result) -> Iterator[Row]:
    for name, each in result.figures.items():
        numbers = (each.p50, each.p95, each.p99, each.longest)
        yield (name, str(each.requests), f"{each.failures:.2%}", *(f"{number:.0f}" for number in numbers))


def _change(change: Change) -> Row:
    word = "beyond noise" if change.real else "noise"
    share = f"{change.share:+.0%}" if math.isfinite(change.share) else "-"
    return (change.endpoint, f"{change.before:.0f}", f"{change.now:.0f}", share, word)


def _row(cells: Row, tag: str) -> str:
    bad = ' class="bad"' if "BROKEN" in cells else ""
    return f"<tr{bad}>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"
