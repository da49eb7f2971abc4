"""Applications: what can be triggered, and the form that does it."""

from flask import Blueprint, render_template

blueprint = Blueprint("applications", __name__)


@blueprint.get("/applications")
def index() -> str:
    return render_template("applications.html")


@blueprint.get("/applications/<path:name>")
def application(name: str) -> str:
    return render_template("applications.html", name=name)
