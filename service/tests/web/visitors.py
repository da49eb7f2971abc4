"""Who comes to the web in tests, and what they know."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gleaner.web.accounts.csrf import FIELD, csrf_token
from gleaner.web.accounts.sessions import Session
from gleaner.web.current import Role

PASSWORD = "correct horse battery staple"
TOKENS: dict[Role, str] = {"operator": "gleaner_test-token-of-an-operator", "viewer": "gleaner_test-token-of-a-viewer"}
PEOPLE: dict[Role, str] = {"operator": "olga", "viewer": "victor"}


class Browser(FlaskClient):
    """Sends forms as the pages do. A stranger opens /login first, for the mark of the browser."""

    def submit(self, path: str, data: dict[str, object] | None = None, **kwargs: object) -> TestResponse:
        """POST a form with its token."""
        sent = "; ".join(f"{cookie.key}={cookie.value}" for cookie in self._cookies.values())
        here = {"REMOTE_ADDR": "127.0.0.1"}
        with self.application.test_request_context(headers={"Cookie": sent}, environ_base=here):
            token = csrf_token()
        return self.post(path, data={FIELD: token, **(data or {})}, **kwargs)

    def enter(self, role: Role) -> "Browser":
        """With a session of its own, as after a log-in."""
        gate = self.application.extensions["gleaner.gate"]
        user = gate.accounts.now().users[PEOPLE[role]]
        session = Session(name=user.name, way="password", stamp=user.stamp)
        self.set_cookie("gleaner", gate.sessions.begin(session))
        return self
