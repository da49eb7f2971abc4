"""`/metrics` on the ops port."""

from urllib.request import Request, urlopen

from gleaner import __version__
from gleaner.errors import GleanerError
from gleaner.ops.dependency import Dependency
from gleaner.ops.heartbeat import Heartbeat
from gleaner.ops.metrics import metrics, tell_process
from gleaner.ops.server import serving


def scrape(address: tuple[str, int], accepts: str = "*/*") -> tuple[str, str]:
    request = Request(f"http://{address[0]}:{address[1]}/metrics", headers={"Accept": accepts})
    with urlopen(request, timeout=10) as answer:
        return answer.read().decode(), answer.headers["Content-Type"]


def refuses() -> None:
    raise GleanerError("no")


def test_it_works() -> None:
    """Build, heartbeat and each dependency, as readiness sees it."""
    tell_process(Heartbeat(60), [Dependency("store", lambda: None), Dependency("shelf", refuses)])
    with serving(("127.0.0.1", 0), {"/metrics": metrics}) as address:
        text, media = scrape(address)
    assert media.startswith("text/plain; version=0.0.4")
    assert f'version="{__version__}"' in text
    assert "gleaner_heartbeat_age_seconds 0.0" in text
    assert 'gleaner_dependency_up{dependency="store"} 1.0' in text
    assert 'gleaner_dependency_up{dependency="shelf"} 0.0' in text


def test_prometheus_gets_openmetrics() -> None:
    """The header that it sends asks for it."""
    accepts = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
    with serving(("127.0.0.1", 0), {"/metrics": metrics}) as address:
        text, media = scrape(address, accepts)
    assert media.startswith("application/openmetrics-text; version=1.0.0")
    assert text.endswith("# EOF\n")
