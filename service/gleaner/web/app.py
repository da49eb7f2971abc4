"""The application factory."""

from flask import Flask

from gleaner.running.application import Context
from gleaner.running.registry import Registry
from gleaner.web import pages, probes, problems


def create_app(context: Context, registry: Registry) -> Flask:
    """`context` must stay open as long as the application serves."""
    app = Flask(__name__)
    app.extensions["gleaner.context"] = context
    app.extensions["gleaner.registry"] = registry
    problems.install(app)
    app.register_blueprint(probes.blueprint)
    pages.register(app)
    return app
