"""Connections that go to checked addresses only and that a watchdog can end.

The address that was checked is the one that is connected to: a name that changes its mind in between (DNS
rebinding) gains nothing. The name for TLS and the Host header stay as they were.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from gleaner.collecting.address import resolve_public

_current = threading.local()


class Watchdog:
    """Ends a request that takes too long, whatever the other side does: it shuts the socket down.

    A read timeout alone starts anew with each byte.
    """

    def __init__(self, seconds: float) -> None:
        self.fired = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True

    def watch(self, sock: socket.socket | None) -> None:
        with self._lock:
            self._socket = sock
            if self.fired:
                self._shut()

    def _fire(self) -> None:
        with self._lock:
            self.fired = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    @contextlib.contextmanager
    def on_duty(self) -> Iterator["Watchdog"]:
        """For the requests that this thread makes inside the block."""
        _current.watchdog = self
        self._timer.start()
        try:
            yield self
        finally:
            self._timer.cancel()
            self.watch(None)
            _current.watchdog = None


class _Watched(HTTPConnection):
    def getresponse(self) -> Any:
        watchdog: Watchdog | None = getattr(_current, "watchdog", None)
        if watchdog is not None:
            watchdog.watch(self.sock)
        return super().getresponse()


class _Checked(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        host = self._dns_host
        try:
            addresses = resolve_public(host, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        problem: Exception = NewConnectionError(self, f"{host} has no address")
        for address in addresses:
            try:
                return create_connection((address, self.port), self.timeout, None, self.socket_options)
            except TimeoutError as error:
                raise ConnectTimeoutError(self, f"connecting to {host} took too long") from error
            except OSError as error:
                problem = NewConnectionError(self, f"cannot connect to {host}: {error}")
        raise problem


class _Http(_Watched):
    pass


class _Https(_Watched, HTTPSConnection):
    pass


class _PublicHttp(_Checked, _Watched):
    pass


class _PublicHttps(_Checked, _Watched, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _PublicHttpPool(HTTPConnectionPool):
    ConnectionCls = _PublicHttp


class _PublicHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHttps


class CheckedAdapter(HTTPAdapter):
    """Opens connections to public addresses only, unless `allow_private`. Never tries again by itself."""

    def __init__(self, *, allow_private: bool, connections: int) -> None:
        self._allow_private = allow_private
        super().__init__(pool_connections=4, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:  # noqa: FBT001, FBT002 (the library's signature)
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **kwargs)
        self.poolmanager.pool_classes_by_scheme = (
            {"http": _HttpPool, "https": _HttpsPool}
            if self._allow_private
            else {"http": _PublicHttpPool, "https": _PublicHttpsPool}
        )


class _Session(requests.Session):
    def get_redirect_target(self, _response: requests.Response) -> None:
        """Redirects are not the library's business: even unfollowed it would read their bodies without a limit."""
        return


def open_session(*, allow_private: bool, connections: int = 1, verify: str | bool = True) -> requests.Session:
    """A session without proxies, .netrc, environment and cookies."""
    session = _Session()
    session.trust_env = False
    session.verify = verify
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, CheckedAdapter(allow_private=allow_private, connections=connections))
    return session
