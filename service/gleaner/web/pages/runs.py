"""Runs: the list, and one run with its log."""

from flask import Blueprint, render_template

blueprint = Blueprint("runs", __name__)


@blueprint.get("/runs")
def index() -> str:
    return render_template("runs.html")


@blueprint.get("/runs/<run_id>")
def run(run_id: str) -> str:
    return render_template("runs.html", run_id=run_id)
