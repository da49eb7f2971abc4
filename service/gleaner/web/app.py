"""The application factory."""

from collections.abc import Callable

from flask import Flask

from gleaner.running.application import Context
from gleaner.running.registry import Registry
from gleaner.web import access, accesslog, api, hotpath, observed, pages, probes, problems, security
from gleaner.web.accounts import link_pages
from gleaner.web.accounts import pages as account_pages
from gleaner.web.accounts.gate import open_gate


def create_app(
    context: Context, registry: Registry, *, announce: Callable[[str], object] = lambda _sentence: None
) -> Flask:
    """`context` must stay open as long as the application serves. Raises InputError for unusable accounts.

    `announce` shows a sentence to whoever started the server: the link to log in with where nobody has an account.
    """
    app = Flask(__name__)
    app.extensions["gleaner.context"] = context
    app.extensions["gleaner.registry"] = registry
    app.extensions["gleaner.gate"] = open_gate(context, announce)
    hotpath.install(app)
    accesslog.install(app)
    security.secure(app, context.settings)
    access.guard(app)
    problems.install(app)
    probes.install(app, context)
    app.register_blueprint(account_pages.blueprint)
    app.register_blueprint(link_pages.blueprint)
    if context.settings.oidc_issuer:
        from gleaner.web.accounts import oidc_pages  # noqa: PLC0415 - Authlib takes long to import

        app.register_blueprint(oidc_pages.blueprint)
    pages.register(app)
    api.install(app, context)
    observed.install(app)
    return app
