"""The application factory."""

from flask import Flask

from gleaner.running.application import Context
from gleaner.running.registry import Registry
from gleaner.web import access, api, pages, probes, problems, security
from gleaner.web.accounts import pages as account_pages
from gleaner.web.accounts.gate import open_gate


def create_app(context: Context, registry: Registry) -> Flask:
    """`context` must stay open as long as the application serves. Raises InputError for unusable accounts."""
    app = Flask(__name__)
    app.extensions["gleaner.context"] = context
    app.extensions["gleaner.registry"] = registry
    app.extensions["gleaner.gate"] = open_gate(context)
    security.secure(app, context.settings)
    access.guard(app)
    problems.install(app)
    app.register_blueprint(probes.blueprint)
    app.register_blueprint(account_pages.blueprint)
    pages.register(app)
    api.install(app, context)
    return app
