"""Applications of one kind that fail, whatever kind it is."""

from boards.rules.alert import Alert


def failing(name: str, kind: str, *, attempts: int, board: str) -> Alert:
    """So many attempts of an application (`collect`, `report`) failed within an hour, and none succeeded."""
    failed, succeeded = _ended(kind, "failed|lost|returned"), _ended(kind, "succeeded|suspect")
    return Alert(
        name=name,
        expr=f"{failed} > {attempts - 0.5:g} unless {succeeded} > 0",
        hold="1m",
        summary="{{ $labels.application }} fails",
        description=f"""{{{{ $value | humanize }}}} attempts failed in the last hour and none succeeded;
            {attempts} are too many.""",
        board=board,
    )


def _ended(kind: str, outcomes: str) -> str:
    runs = f'gleaner_runs_total{{application=~"{kind}/.+",outcome=~"{outcomes}"}}'
    return f"sum by (namespace, application) (increase({runs}[1h]))"
